-- The columns of the tables of the names $1 in the schemas of the names $2.
SELECT c.relnamespace, c.relname, array_agg(a.attname::text ORDER BY a.attnum)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = ANY ($2::text[]::name[])
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relname = ANY ($1::text[]::name[]) AND c.relkind IN ('r', 'p')
GROUP BY 1, 2
ORDER BY 1, 2
