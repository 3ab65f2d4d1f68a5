-- Alerts about the service itself: each worker's recent counts, and incidents that are told once when they begin and
-- once when they end. No user has any right to them.
create table private.worker_readings (
    worker uuid primary key,
    read_at timestamptz not null default now(),
    readings jsonb not null
);
create table private.incidents (
    id uuid primary key default gen_random_uuid(),
    rule text not null,
    message text not null,
    opened_at timestamptz not null default now(),
    resolved_at timestamptz,
    told_at timestamptz,
    told_over_at timestamptz
);
create unique index incidents_open on private.incidents (rule) where resolved_at is null;
create index incidents_untold on private.incidents (opened_at) where told_at is null or told_over_at is null;

grant usage on schema private to service_role;
alter table private.worker_readings enable row level security;
alter table private.incidents enable row level security;
revoke all on private.worker_readings, private.incidents from public, anon, authenticated;
grant select, insert, update, delete on private.worker_readings, private.incidents to service_role;

-- Users' alerts go out by e-mail as well, once, and once more when they are over.
alter table public.alerts add column told_at timestamptz, add column told_over_at timestamptz;
update public.alerts set told_at = now(), told_over_at = now();
create index alerts_untold on public.alerts (created_at) where told_at is null or told_over_at is null;
