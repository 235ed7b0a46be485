-- The tables outside of a schema to which its foreign keys lead. $1: its oid.
SELECT DISTINCT r.nspname || '.' || f.relname
FROM pg_depend d
JOIN pg_constraint k ON k.conrelid = d.objid AND k.contype = 'f'
JOIN pg_class f ON f.oid = k.confrelid
JOIN pg_namespace r ON r.oid = f.relnamespace
WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_namespace'::regclass AND d.refobjid = $1 AND f.relnamespace <> $1
ORDER BY 1
