"""A stand-in for Supabase Storage in its wire protocol: rows in Postgres, bytes in a folder."""
