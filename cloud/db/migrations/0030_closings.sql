-- Closings are written before they are sent, like orders: a part that was closed must not be closed a second time.
alter table public.broker_orders add column kind text not null default 'order' check (kind in ('order', 'close'));
