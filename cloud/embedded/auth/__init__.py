"""A stand-in for Supabase Auth (GoTrue) in its wire protocol, on Postgres."""
