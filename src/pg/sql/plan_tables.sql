-- Tables of these names by the index on names: those of some schemas one by one, all others together. Figures are estimates as of
-- the last vacuum or analyze.
SELECT c.relname::text, CASE WHEN n.nspname = ANY ($2::text[]) THEN n.nspname::text END,
       max(greatest(c.reltuples, 0))::int8,
       (sum(c.relpages::int8 + coalesce(t.relpages, 0) + coalesce(x.pages, 0)) * current_setting('block_size')::int8)::int8
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
LEFT JOIN LATERAL (
    SELECT sum(i.relpages::int8) AS pages FROM pg_index d JOIN pg_class i ON i.oid = d.indexrelid WHERE d.indrelid = c.oid
) x ON true
WHERE c.relname = ANY ($1::text[]::name[]) AND c.relkind IN ('r', 'p', 'm', 'f')
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
GROUP BY 1, 2
