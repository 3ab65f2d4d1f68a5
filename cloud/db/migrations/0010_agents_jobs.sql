-- One live poll an agent, in whichever process it runs: the token of the newest one.
alter table public.mt5_agents add column poll_token uuid;
-- The agent said goodbye before it fell silent.
alter table public.mt5_agents add column stopping boolean not null default false;

-- What an alert is about, so that it can be resolved when the cause is gone.
alter table public.alerts add column subject_id uuid;
create unique index alerts_open_subject on public.alerts (kind, subject_id) where resolved_at is null;

create index deployment_logs_page on public.deployment_logs (deployment_id, id);
create index mt5_agents_online on public.mt5_agents (last_seen_at) where status = 'online';
create index ea_deployments_live on public.ea_deployments (agent_id)
    where status in ('starting', 'running', 'stopping');
