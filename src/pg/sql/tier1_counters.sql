-- Rows inserted or updated, and rows deleted, in each of these catalogues since the last reset of the statistics. VACUUM and
-- ANALYZE update in place and move nothing. A standby replays without counting, so there it means nothing.
SELECT c.relname::text, coalesce(pg_stat_get_tuples_inserted(c.oid) + pg_stat_get_tuples_updated(c.oid), 0),
       coalesce(pg_stat_get_tuples_deleted(c.oid), 0)
FROM pg_class c
WHERE c.relname = ANY ($1::text[]::name[]) AND c.relnamespace = 11 AND c.relkind = 'r'
