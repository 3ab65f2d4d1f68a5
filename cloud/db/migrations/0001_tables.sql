-- Tables of the product. Runs on hosted Supabase and on Postgres 15 to 18 alike.
-- Roles anon, authenticated, service_role and the schemas auth and storage exist already
-- (hosted: made by Supabase; locally: made by cloud/embedded before migrations run).

create table public.profiles (
    id uuid primary key references auth.users (id) on delete cascade,
    email text not null,
    name text,
    created_at timestamptz not null default now()
);

create table public.user_settings (
    user_id uuid primary key references public.profiles (id) on delete cascade,
    risk_percent numeric not null default 1.0 check (risk_percent > 0 and risk_percent <= 100),
    disclaimer_accepted boolean not null default false,
    preferred_pairs text[] not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create table public.mt5_agents (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references public.profiles (id) on delete cascade,
    agent_name text not null,
    status text not null default 'offline' check (status in ('online', 'offline')),
    last_seen_at timestamptz,
    agent_key_fingerprint text not null,
    key_generation int not null default 1,
    metrics jsonb not null default '{}',
    stored_through bigint not null default 0,
    revoked_at timestamptz,
    created_at timestamptz not null default now()
);
create index mt5_agents_user_id on public.mt5_agents (user_id);

create table public.broker_connections (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references public.profiles (id) on delete cascade,
    agent_id uuid references public.mt5_agents (id) on delete set null,
    type text not null check (type in ('MT5', 'OANDA')),
    broker_name text,
    account_number text,
    server text not null default '',
    account_type text not null default 'demo' check (account_type in ('demo', 'live')),
    label text not null,
    credentials_encrypted bytea,
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    unique (user_id, type, account_number, server)
);
create index broker_connections_user_id on public.broker_connections (user_id);
create index broker_connections_agent_id on public.broker_connections (agent_id);

create table public.ea_projects (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references public.profiles (id) on delete cascade,
    name text not null,
    strategy_id uuid,
    created_at timestamptz not null default now()
);
create index ea_projects_user_id on public.ea_projects (user_id);

-- source_code: {"code": text, "template": text|null, "config": {...}, "prompt": text|null, "answer": text|null,
--               "brief": text|null, "sha256": text, "origin": "manual"|"generated"|"agent"}
create table public.ea_versions (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references public.profiles (id) on delete cascade,
    ea_project_id uuid not null references public.ea_projects (id) on delete cascade,
    version_number int not null,
    source_code jsonb not null,
    config jsonb not null default '{}',
    diagnostics jsonb not null default '[]',
    status text not null default 'draft' check (status in ('draft', 'compiled', 'error')),
    compile_target text not null default 'agent' check (compile_target in ('backend', 'agent')),
    created_at timestamptz not null default now(),
    unique (ea_project_id, version_number)
);
create index ea_versions_project_id on public.ea_versions (ea_project_id);
create index ea_versions_user_id on public.ea_versions (user_id);

create table public.ea_artifacts (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references public.profiles (id) on delete cascade,
    ea_version_id uuid not null references public.ea_versions (id) on delete cascade,
    kind text not null check (kind in ('SOURCE_ZIP', 'MQ5', 'EX5')),
    storage_path text not null,
    sha256 text not null,
    size_bytes bigint not null,
    created_at timestamptz not null default now(),
    unique (ea_version_id, kind, sha256)
);
create index ea_artifacts_version_id on public.ea_artifacts (ea_version_id);
create index ea_artifacts_user_id on public.ea_artifacts (user_id);

create table public.ea_deployments (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references public.profiles (id) on delete cascade,
    ea_version_id uuid not null references public.ea_versions (id) on delete cascade,
    broker_connection_id uuid references public.broker_connections (id) on delete set null,
    agent_id uuid references public.mt5_agents (id) on delete set null,
    symbol text not null,
    timeframe text not null default 'H1',
    inputs jsonb not null default '{}',
    allow_trading boolean not null default false,
    status text not null default 'deployed'
        check (status in ('deployed', 'starting', 'running', 'stopping', 'stopped', 'error', 'offline')),
    last_error text,
    last_heartbeat_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index ea_deployments_user_id on public.ea_deployments (user_id);
create index ea_deployments_version_id on public.ea_deployments (ea_version_id);
create index ea_deployments_agent_id on public.ea_deployments (agent_id);

create table public.deployment_logs (
    id bigint generated always as identity primary key,
    user_id uuid not null references public.profiles (id) on delete cascade,
    deployment_id uuid not null references public.ea_deployments (id) on delete cascade,
    agent_id uuid,
    seq bigint,
    level text not null check (level in ('info', 'warning', 'error')),
    message text not null,
    logged_at timestamptz not null
);
create index deployment_logs_deployment on public.deployment_logs (deployment_id, logged_at);
create index deployment_logs_user_id on public.deployment_logs (user_id);

create table public.jobs (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references public.profiles (id) on delete cascade,
    agent_id uuid references public.mt5_agents (id) on delete cascade,
    type text not null
        check (type in ('compile', 'deploy', 'start', 'stop', 'test', 'order', 'close', 'modify', 'cancel',
                        'close_all', 'probe')),
    status text not null default 'pending'
        check (status in ('pending', 'in_progress', 'completed', 'failed', 'expired', 'cancelled', 'dead')),
    payload jsonb not null default '{}',
    result jsonb,
    error_code text,
    error_detail text,
    logs jsonb not null default '[]',
    progress real,
    attempt int not null default 0,
    max_attempts int not null default 5,
    acknowledged boolean not null default false,
    cancel_requested boolean not null default false,
    lease_until timestamptz,
    run_after timestamptz not null default now(),
    not_after timestamptz,
    origin text not null default 'cloud' check (origin in ('cloud', 'agent')),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index jobs_user_id_status on public.jobs (user_id, status);
create index jobs_claim on public.jobs (agent_id, run_after) where status in ('pending', 'in_progress');

create table public.idempotency_keys (
    user_id uuid not null references public.profiles (id) on delete cascade,
    key text not null,
    route text not null,
    body_sha256 text not null,
    status int,
    answer jsonb,
    created_at timestamptz not null default now(),
    primary key (user_id, route, key)
);

create table public.agent_events (
    agent_id uuid not null references public.mt5_agents (id) on delete cascade,
    seq bigint not null,
    user_id uuid not null references public.profiles (id) on delete cascade,
    kind text not null,
    data jsonb not null,
    happened_at timestamptz not null,
    stored_at timestamptz not null default now(),
    primary key (agent_id, seq)
);
create index agent_events_user_id on public.agent_events (user_id, stored_at desc);

create table public.trade_events (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references public.profiles (id) on delete cascade,
    broker_connection_id uuid references public.broker_connections (id) on delete set null,
    event_type text not null,
    instrument text,
    side text check (side in ('BUY', 'SELL')),
    units numeric,
    price numeric,
    broker_order_id text,
    broker_position_id text,
    raw jsonb not null default '{}',
    created_at timestamptz not null default now()
);
create index trade_events_user_id_created on public.trade_events (user_id, created_at desc);

create table public.generation_ledger (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references public.profiles (id) on delete cascade,
    ea_version_id uuid references public.ea_versions (id) on delete set null,
    model text not null,
    prompt_tokens int not null,
    completion_tokens int not null,
    cost_usd numeric not null,
    created_at timestamptz not null default now()
);
create index generation_ledger_user_id on public.generation_ledger (user_id, created_at desc);

create table public.alerts (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references public.profiles (id) on delete cascade,
    kind text not null,
    level text not null default 'warning' check (level in ('info', 'warning', 'error')),
    message text not null,
    created_at timestamptz not null default now(),
    resolved_at timestamptz
);
create index alerts_user_id on public.alerts (user_id, created_at desc);
