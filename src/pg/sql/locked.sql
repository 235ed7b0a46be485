-- The tables of this database that a reader would have to wait for: somebody holds or awaits the strongest lock on one of them or
-- on an index of it.
SELECT DISTINCT coalesce(i.indrelid, l.relation)
FROM pg_locks l
LEFT JOIN pg_index i ON i.indexrelid = l.relation
WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
