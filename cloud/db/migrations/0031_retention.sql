-- What is older than its period is deleted; these find it. Rows come in the order of time, so ranges are enough.
create index deployment_logs_age on public.deployment_logs using brin (logged_at);
create index agent_events_age on public.agent_events using brin (stored_at);
create index jobs_age on public.jobs (updated_at) where status not in ('pending', 'in_progress');
