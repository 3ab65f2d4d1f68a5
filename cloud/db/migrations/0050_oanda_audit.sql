-- How far a connection's own journal at its broker has been read into trade_events, and when it was last looked at.
-- Users have no right to these columns: theirs are named one by one.
alter table public.broker_connections add column journal_read_to text;
alter table public.broker_connections add column journal_read_at timestamptz;
