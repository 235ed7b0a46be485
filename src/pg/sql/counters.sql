-- Rows inserted, updated and deleted since the last reset of the statistics, for each catalogue that the inventory is made of.
-- VACUUM and ANALYZE update in place and move nothing. A standby replays without counting, so there it means nothing.
SELECT o::int8, pg_stat_get_tuples_inserted(o), pg_stat_get_tuples_updated(o), pg_stat_get_tuples_deleted(o)
FROM unnest(ARRAY['pg_namespace', 'pg_class', 'pg_proc']::regclass[]::oid[]) AS o
ORDER BY o
