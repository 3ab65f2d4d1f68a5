-- Row-level security: every table, every verb. Users see and change their own rows, the service all rows,
-- everybody else nothing. Hosted Supabase grants everything on new tables to all roles, so first of all: revoke.

revoke all on all tables in schema public from public, anon, authenticated;
revoke all on all sequences in schema public from public, anon, authenticated;
grant usage on schema public to authenticated, service_role;
grant all on all tables in schema public to service_role;
grant usage, select on all sequences in schema public to service_role;

-- Each row: table, column with the owner's id, verbs a user may use on their own rows.
do $$
declare
    rule record;
    verb text;
begin
    for rule in select * from (values
        ('profiles',           'id',      '{select,update}'::text[]),
        ('user_settings',      'user_id', '{select,insert,update}'),
        ('mt5_agents',         'user_id', '{select}'),
        ('broker_connections', 'user_id', '{select}'),
        ('ea_projects',        'user_id', '{select,insert,update,delete}'),
        ('ea_versions',        'user_id', '{select,insert,update}'),
        ('ea_artifacts',       'user_id', '{select}'),
        ('ea_deployments',     'user_id', '{select,insert,update}'),
        ('deployment_logs',    'user_id', '{select}'),
        ('jobs',               'user_id', '{select}'),
        ('idempotency_keys',   'user_id', '{}'),
        ('agent_events',       'user_id', '{select}'),
        ('trade_events',       'user_id', '{select}'),
        ('generation_ledger',  'user_id', '{select}'),
        ('alerts',             'user_id', '{select,update}')
    ) as rules (name, owner, verbs)
    loop
        execute format('alter table public.%I enable row level security', rule.name);
        foreach verb in array rule.verbs loop
            execute format('grant %s on public.%I to authenticated', verb, rule.name);
        end loop;
        execute format(
            'create policy "Users read their own rows" on public.%I for select to authenticated '
            'using ((select auth.uid()) = %I)', rule.name, rule.owner);
        execute format(
            'create policy "Users add rows of their own" on public.%I for insert to authenticated '
            'with check ((select auth.uid()) = %I)', rule.name, rule.owner);
        execute format(
            'create policy "Users change their own rows" on public.%I for update to authenticated '
            'using ((select auth.uid()) = %I) with check ((select auth.uid()) = %I)',
            rule.name, rule.owner, rule.owner);
        execute format(
            'create policy "Users delete their own rows" on public.%I for delete to authenticated '
            'using ((select auth.uid()) = %I)', rule.name, rule.owner);
    end loop;
end
$$;

-- Columns no user may read: broker credentials and what identifies an agent's key.
revoke select on public.broker_connections from authenticated;
grant select (id, user_id, agent_id, type, broker_name, account_number, server, account_type, label, is_active,
              created_at)
    on public.broker_connections to authenticated;
revoke select on public.mt5_agents from authenticated;
grant select (id, user_id, agent_name, status, last_seen_at, metrics, stored_through, revoked_at, created_at)
    on public.mt5_agents to authenticated;

-- A row may only point to rows of the same user, whoever writes it.
create schema if not exists private;
revoke all on schema private from public;

create function private.check_owner() returns trigger
    language plpgsql security definer set search_path = ''
as $$
declare
    child jsonb := to_jsonb(new);
    before jsonb := case when tg_op = 'UPDATE' then to_jsonb(old) else '{}' end;
    parent_id uuid;
    belongs boolean;
begin
    for i in 0 .. tg_nargs / 2 - 1 loop
        parent_id := (child ->> tg_argv[2 * i])::uuid;
        -- What stays as it is was checked before, and may be on its way out together with its parent.
        continue when before -> 'user_id' = child -> 'user_id' and before -> tg_argv[2 * i] = child -> tg_argv[2 * i];
        if parent_id is not null then
            execute format('select exists (select from public.%I where id = $1 and user_id = $2)', tg_argv[2 * i + 1])
                into belongs using parent_id, new.user_id;
            if not belongs then
                raise insufficient_privilege using message = format('%s is not a row of this user', tg_argv[2 * i]);
            end if;
        end if;
    end loop;
    return new;
end
$$;
revoke all on function private.check_owner() from public;

create trigger check_owner before insert or update of ea_project_id, user_id on public.ea_versions
    for each row execute function private.check_owner('ea_project_id', 'ea_projects');
create trigger check_owner before insert or update of ea_version_id, user_id on public.ea_artifacts
    for each row execute function private.check_owner('ea_version_id', 'ea_versions');
create trigger check_owner
    before insert or update of ea_version_id, broker_connection_id, agent_id, user_id on public.ea_deployments
    for each row execute function private.check_owner(
        'ea_version_id', 'ea_versions', 'broker_connection_id', 'broker_connections', 'agent_id', 'mt5_agents');
create trigger check_owner before insert or update of agent_id, user_id on public.broker_connections
    for each row execute function private.check_owner('agent_id', 'mt5_agents');
create trigger check_owner before insert or update of agent_id, user_id on public.jobs
    for each row execute function private.check_owner('agent_id', 'mt5_agents');
