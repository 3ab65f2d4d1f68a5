"""The database: pool, migrations."""
