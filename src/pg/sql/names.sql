-- Every schema but those of temporary and TOAST tables. An extension is charged with the schemas that it made and with the
-- one that it lives in; it is looked up from the extension's end, where pg_depend has few rows.
WITH member AS MATERIALIZED (
    SELECT d.objid AS namespace, e.extname
    FROM pg_extension e
    JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
                    AND d.classid = 'pg_namespace'::regclass AND d.deptype = 'e'
    UNION ALL
    SELECT n.oid, e.extname
    FROM pg_extension e
    JOIN pg_namespace n ON n.oid = e.extnamespace
    WHERE n.nspname NOT IN ('pg_catalog', 'public')
)
SELECT n.oid, n.nspname, pg_get_userbyid(n.nspowner)::text, coalesce(has_schema_privilege(n.oid, 'USAGE'), false), m.extname
FROM pg_namespace n
LEFT JOIN (SELECT namespace, min(extname::text) AS extname FROM member GROUP BY namespace) m ON m.namespace = n.oid
WHERE n.nspname !~ '^pg_(toast|temp_|toast_temp_)'
