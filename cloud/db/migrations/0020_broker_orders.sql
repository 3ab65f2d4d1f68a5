-- Orders sent to brokers that the cloud itself talks to: written before they are sent, so that an order whose answer
-- was lost is looked for in the broker's own journal, and never sent a second time unless it is not there.
create table public.broker_orders (
    client_order_id uuid primary key,
    user_id uuid not null references public.profiles (id) on delete cascade,
    broker_connection_id uuid not null references public.broker_connections (id) on delete cascade,
    request jsonb not null,
    -- The broker's newest transaction before the order was sent.
    since_transaction text not null,
    -- absent: it was looked for in the broker's whole journal and is not there.
    state text not null default 'sending' check (state in ('sending', 'placed', 'refused', 'absent')),
    outcome jsonb,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index broker_orders_user_id on public.broker_orders (user_id);
create index broker_orders_broker_connection_id on public.broker_orders (broker_connection_id);
create index broker_orders_unsettled on public.broker_orders (updated_at) where state in ('sending', 'absent');

revoke all on public.broker_orders from public, anon, authenticated;
grant all on public.broker_orders to service_role;
alter table public.broker_orders enable row level security;
-- Like everywhere: policies for every verb. Users have no right to this table; they read trade_events.
create policy "Users read their own rows" on public.broker_orders for select to authenticated
    using ((select auth.uid()) = user_id);
create policy "Users add rows of their own" on public.broker_orders for insert to authenticated
    with check ((select auth.uid()) = user_id);
create policy "Users change their own rows" on public.broker_orders for update to authenticated
    using ((select auth.uid()) = user_id) with check ((select auth.uid()) = user_id);
create policy "Users delete their own rows" on public.broker_orders for delete to authenticated
    using ((select auth.uid()) = user_id);

create trigger check_owner before insert or update of broker_connection_id, user_id on public.broker_orders
    for each row execute function private.check_owner('broker_connection_id', 'broker_connections');
