-- What our role and the owners that it may become lack to change the rows of some tables: $1 are their schemas, $2 their names, $3 how the rows
-- are changed. Rows that are added may take numbers from sequences.
WITH sheet AS (
    SELECT c.oid, c.relowner, format('%I.%I', n.nspname, c.relname) AS label, n.oid AS schema, quote_ident(n.nspname) AS of
    FROM unnest($1::text[]::name[], $2::text[]::name[]) w (schema, name)
    JOIN pg_namespace n ON n.nspname = w.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name)
SELECT r.rolname::text, r.rolname = current_user,
       ARRAY(SELECT p.way || ' ON TABLE ' || s.label FROM sheet s, unnest($3::text[]) p (way)
             WHERE NOT CASE p.way WHEN 'DELETE' THEN has_table_privilege(r.oid, s.oid, p.way) ELSE has_any_column_privilege(r.oid, s.oid, p.way) END
             UNION
             SELECT 'USAGE ON SCHEMA ' || s.of FROM sheet s WHERE NOT has_schema_privilege(r.oid, s.schema, 'USAGE')
             UNION
             SELECT 'USAGE ON SEQUENCE ' || format('%I.%I', n.nspname, q.relname)
             FROM sheet s JOIN pg_attrdef a ON a.adrelid = s.oid
             JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = a.oid AND d.refclassid = 'pg_class'::regclass
             JOIN pg_class q ON q.oid = d.refobjid JOIN pg_namespace n ON n.oid = q.relnamespace
             WHERE 'INSERT' = ANY ($3) AND CASE q.relkind WHEN 'S' THEN NOT has_sequence_privilege(r.oid, q.oid, 'USAGE') END
             ORDER BY 1)
FROM pg_roles r
WHERE r.rolname = current_user
   OR (r.oid IN (SELECT s.relowner FROM sheet s)
       AND pg_has_role(session_user, r.oid, CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END))
ORDER BY r.rolname <> current_user, r.rolname
