-- The tables of one schema, found by the index of pg_depend, without a lock on any of them. The last column says whether
-- somebody holds or awaits a lock on the table or on a part of it that a look at its files would have to wait for.
WITH relation AS MATERIALIZED (
    SELECT c.oid, c.relname, c.relkind, c.reltoastrelid,
           -- Before 14 a table that was never analysed has the figures of an empty one.
           CASE WHEN c.relpages = 0 AND c.reltuples = 0 AND current_setting('server_version_num')::int < 140000 THEN -1
                ELSE c.reltuples END AS tuples
    FROM pg_depend d
    JOIN pg_class c ON c.oid = d.objid
    WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = $1 AND d.classid = 'pg_class'::regclass AND d.deptype = 'n'
      AND c.relkind IN ('r', 'p', 'f', 'm')
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
