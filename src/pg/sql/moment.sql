-- What the open transaction sees of others that write.
SELECT pg_catalog.pg_current_snapshot()::text
