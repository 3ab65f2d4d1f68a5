-- Keys of answered requests are forgotten after a week; the sweep finds the old ones by this.
create index idempotency_keys_created_at on public.idempotency_keys (created_at);
