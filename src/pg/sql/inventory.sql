-- All relations by schema and kind, with the pages that the planner knows of: one scan of pg_class and one of its TOAST tables,
-- no function per object, no lock on a table. TOAST tables live in a schema of their own (99) and are charged to the owner's.
-- The index of an empty one is one page, else two and about one more for a hundred of the table.
SELECT c.relnamespace, c.relkind, count(*), sum(c.relpages), sum(c.reltuples::float8) FILTER (WHERE c.reltuples > 0),
       count(*) FILTER (WHERE c.reltuples < 0), count(*) FILTER (WHERE c.reltoastrelid <> 0), sum(t.pages)
FROM pg_class c
LEFT JOIN (SELECT oid, relpages + relpages / 100 + 1 AS pages FROM pg_class WHERE relkind = 't' AND relpages > 0) t
       ON t.oid = c.reltoastrelid
WHERE c.relnamespace <> 99
GROUP BY c.relnamespace, c.relkind
