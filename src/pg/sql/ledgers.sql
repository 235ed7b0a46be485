-- Tables of these names in all schemas, by the index on names.
SELECT relnamespace, oid, relname FROM pg_class WHERE relname = ANY ($1::text[]::name[]) AND relkind IN ('r', 'p')
