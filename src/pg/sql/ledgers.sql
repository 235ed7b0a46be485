-- Tables of these names in all schemas with their columns, by the index on names.
SELECT c.relnamespace, c.oid, c.relname,
       ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
FROM pg_class c
WHERE c.relname = ANY ($1::text[]::name[]) AND c.relkind IN ('r', 'p')
