-- Foreign keys from one schema into another, by the names of both tables and the schema that they lead into; the commonest first.
-- Keys of partitions are those of their table.
SELECT c.relname, r.relname, r.relnamespace, array_agg(k.connamespace)
FROM pg_constraint k
JOIN pg_class r ON r.oid = k.confrelid AND r.relnamespace <> k.connamespace
JOIN pg_class c ON c.oid = k.conrelid
WHERE k.contype = 'f' AND k.conparentid = 0
GROUP BY 1, 2, 3
ORDER BY count(*) DESC, 1, 2, 3
LIMIT $1
