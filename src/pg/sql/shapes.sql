-- The tables of some schemas that have one of some columns, and the tables that they point to; a row for each column. The
-- relations of a schema are found by the index of pg_depend: pg_class has no index that is led by the schema.
WITH candidate AS MATERIALIZED (
    SELECT c.oid
    FROM pg_namespace n
    JOIN pg_depend d ON d.refclassid = 'pg_namespace'::regclass AND d.refobjid = n.oid
                    AND d.classid = 'pg_class'::regclass AND d.deptype = 'n'
    JOIN pg_class c ON c.oid = d.objid
    WHERE n.nspname = ANY ($1::text[]::name[]) AND c.relkind IN ('r', 'p')
      AND EXISTS (SELECT FROM pg_attribute a
                  WHERE a.attrelid = c.oid AND a.attname = ANY ($2::text[]::name[]) AND NOT a.attisdropped)
), wanted AS MATERIALIZED (
    SELECT oid FROM candidate
    UNION
    SELECT k.confrelid FROM candidate JOIN pg_constraint k ON k.conrelid = candidate.oid WHERE k.contype = 'f'
)
SELECT c.oid, n.nspname, c.relname,
       coalesce(has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'), false),
       row_security_active(c.oid), a.attname, y.typname,
       EXISTS (SELECT FROM pg_index i
               WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
                 AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum),
       k.confrelid, f.attname
FROM wanted
JOIN pg_class c ON c.oid = wanted.oid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type y ON y.oid = a.atttypid
LEFT JOIN LATERAL (SELECT k.confrelid, k.confkey[1] AS confkey
                   FROM pg_constraint k
                   WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.conkey = ARRAY[a.attnum]
                   ORDER BY k.oid
                   LIMIT 1) k ON true
LEFT JOIN pg_attribute f ON f.attrelid = k.confrelid AND f.attnum = k.confkey
ORDER BY n.nspname, c.relname, c.oid, a.attnum
