-- As tables.sql for pg_catalog, whose relations PostgreSQL does not note in pg_depend: a scan of pg_class. The last column
-- says whether somebody holds or awaits a lock that a look at the files would have to wait for.
WITH relation AS MATERIALIZED (
    SELECT c.oid, c.relname, c.relkind, c.reltoastrelid,
           -- Before 14 a table that was never analysed has the figures of an empty one.
           CASE WHEN c.relpages = 0 AND c.reltuples = 0 AND current_setting('server_version_num')::int < 140000 THEN -1
                ELSE c.reltuples END AS tuples
    FROM pg_class c
    WHERE c.relnamespace = $1 AND c.relkind IN ('r', 'p', 'f', 'm')
), locked AS MATERIALIZED (
    SELECT DISTINCT coalesce(i.indrelid, l.relation) AS oid
    FROM pg_locks l
    LEFT JOIN pg_index i ON i.indexrelid = l.relation
    WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
)
SELECT r.oid, r.relname, r.relkind, r.tuples::float8,
       (SELECT count(*) FROM pg_index i WHERE i.indrelid = r.oid),
       greatest(pg_stat_get_last_analyze_time(r.oid), pg_stat_get_last_autoanalyze_time(r.oid)),
       greatest(pg_stat_get_last_vacuum_time(r.oid), pg_stat_get_last_autovacuum_time(r.oid)),
       r.oid IN (SELECT oid FROM locked) OR r.reltoastrelid IN (SELECT oid FROM locked)
FROM relation r
