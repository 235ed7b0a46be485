-- Indexes that are not valid, by one scan of pg_index. That of a partitioned table is valid only when each part has its own, which
-- is no failure. Who builds one now is seen by members of pg_read_all_stats; others count it as not valid.
WITH building AS MATERIALIZED (
    SELECT index_relid FROM pg_stat_progress_create_index WHERE datname = current_database()
), bad AS MATERIALIZED (
    SELECT x.indexrelid, x.indrelid, x.indisunique, i.relname, i.relnamespace
    FROM (SELECT indexrelid, indrelid, indisunique FROM pg_index WHERE NOT indisvalid OFFSET 0) x
    JOIN pg_class i ON i.oid = x.indexrelid AND i.relkind = 'i'
    WHERE x.indexrelid NOT IN (SELECT index_relid FROM building WHERE index_relid IS NOT NULL)
)
SELECT (SELECT count(*) FROM bad), (SELECT count(*) FROM building), n.nspname::text, t.relname::text, bad.relname::text, bad.indisunique
FROM (SELECT 1) one
LEFT JOIN (SELECT * FROM bad ORDER BY indexrelid LIMIT 20) bad ON true
LEFT JOIN pg_class t ON t.oid = bad.indrelid
LEFT JOIN pg_namespace n ON n.oid = bad.relnamespace
ORDER BY bad.indexrelid
