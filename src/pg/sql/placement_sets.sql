-- The schemas that have a table of each of the names $1, by the index on names.
SELECT c.relname, array_agg(c.relnamespace)
FROM pg_class c
WHERE c.relname = ANY ($1::text[]::name[]) AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
  AND c.relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_' OR nspname = 'information_schema')
GROUP BY c.relname
