-- The indexes of a schema that are not valid: left by a CREATE INDEX CONCURRENTLY that failed.
SELECT c.relname::text
FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid
WHERE c.relnamespace = $1 AND c.relkind = 'i' AND NOT i.indisvalid
ORDER BY 1
