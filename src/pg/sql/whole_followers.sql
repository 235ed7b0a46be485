-- The tables whose rows change by themselves when a row of a registry goes, but that of its domains. $1, $2: schema and name of the table
-- of tenants; $3, $4: those of the table of domains.
SELECT DISTINCT n.nspname || '.' || c.relname, k.confdeltype = 'c'
FROM pg_constraint k
JOIN pg_class t ON t.oid = k.confrelid
JOIN pg_namespace s ON s.oid = t.relnamespace
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype = 'f' AND k.confdeltype IN ('c', 'n', 'd') AND s.nspname = $1::text::name AND t.relname = $2::text::name
  AND (n.nspname <> $3::text::name OR c.relname <> $4::text::name)
ORDER BY 1
