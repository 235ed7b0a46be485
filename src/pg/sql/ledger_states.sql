-- What tells of some tables, by index and without a lock, whether their rows may have changed: TRUNCATE moves no counter and
-- makes a new file. The counters of a table with parts are those of its parts. A row security that holds for us hides rows.
SELECT c.oid, c.relfilenode, pg_stat_get_tuples_inserted(c.oid), pg_stat_get_tuples_updated(c.oid),
       pg_stat_get_tuples_deleted(c.oid), c.relkind = 'p' OR c.relhassubclass,
       coalesce(has_table_privilege(c.oid, 'SELECT'), false) AND NOT row_security_active(c.oid)
FROM pg_class c
WHERE c.oid = ANY ($1)
