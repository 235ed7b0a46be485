-- The names of some tables; of a TOAST table, whose name holds the OID of its owner, that of the owner.
SELECT t.oid, n.nspname::text, c.relname::text
FROM pg_class t
LEFT JOIN pg_class o ON o.oid = CASE WHEN t.relkind = 't' THEN substring(t.relname::text FROM '^pg_toast_([0-9]+)$')::oid END
                    AND o.reltoastrelid = t.oid
JOIN pg_class c ON c.oid = coalesce(o.oid, t.oid)
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE t.oid = ANY ($1)
