-- Foreign keys from one schema into another, by the names of both tables and the schema that they lead into; the commonest first.
-- Keys of partitions are those of their table. What crosses is found first, so that names are looked up for it alone.
WITH crossing AS MATERIALIZED (
    SELECT k.conrelid, k.connamespace, r.relname AS target, r.relnamespace AS into_schema
    FROM pg_constraint k
    JOIN pg_class r ON r.oid = k.confrelid AND r.relkind IN ('r', 'p') AND r.relnamespace <> k.connamespace
    WHERE k.contype = 'f' AND k.conparentid = 0
)
SELECT c.relname, x.target, x.into_schema, array_agg(x.connamespace)
FROM crossing x
JOIN pg_class c ON c.oid = x.conrelid
GROUP BY 1, 2, 3
ORDER BY count(*) DESC, 1, 2, 3
LIMIT $1
