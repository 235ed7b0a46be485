-- All relations by schema and kind, with the pages that the planner knows of: one scan of pg_class and one of its TOAST tables,
-- no function per object, no lock on a table. TOAST tables live in a schema of their own (99) and are charged to the owner's.
-- They are counted, because each has an index too, and those with rows apart, because their index is larger.
SELECT c.relnamespace, c.relkind, count(*), sum(c.relpages), sum(c.reltuples::float8) FILTER (WHERE c.reltuples > 0),
       count(*) FILTER (WHERE c.reltuples < 0), count(*) FILTER (WHERE c.reltoastrelid <> 0), sum(t.relpages), count(t.oid)
FROM pg_class c
LEFT JOIN (SELECT oid, relpages FROM pg_class WHERE relkind = 't' AND relpages > 0) t ON t.oid = c.reltoastrelid
WHERE c.relnamespace <> 99
GROUP BY c.relnamespace, c.relkind
