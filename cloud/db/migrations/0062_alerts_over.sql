-- Ends are looked for by when they came, however long ago the alert began.
create index alerts_over on public.alerts (resolved_at) where told_over_at is null;
