-- Schemas that have a table of each of these names, by the index on names.
SELECT n.nspname
FROM pg_namespace n
JOIN (SELECT relnamespace
      FROM pg_class
      WHERE relname = ANY ($1::text[]::name[]) AND relkind IN ('r', 'p')
      GROUP BY relnamespace
      HAVING count(*) = cardinality($1)) marked ON marked.relnamespace = n.oid
