-- Readings ("probe" jobs) are many and short-lived.
create index jobs_readings on public.jobs (updated_at) where type = 'probe';
