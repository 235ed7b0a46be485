-- What some roles ($2) lack of what reading the rows of some tables ($3) of a schema ($1) takes, and the places of sequences; and what in
-- it only superusers make, where no role is named.
WITH RECURSIVE own (class, oid) AS (
    SELECT d.classid, d.objid FROM pg_depend d WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = $1 AND d.deptype = 'n'
    UNION
    SELECT d.classid, d.objid FROM own o JOIN pg_depend d ON d.refclassid = o.class AND d.refobjid = o.oid
    WHERE d.deptype IN ('i', 'a', 'P', 'S')
      AND d.classid NOT IN ('pg_publication_rel'::regclass, 'pg_publication'::regclass, 'pg_event_trigger'::regclass)),
role AS MATERIALIZED (
    SELECT r.oid, r.rolname, r.rolsuper OR r.rolbypassrls AS sees_all FROM pg_roles r WHERE r.rolname = ANY ($2::text[]::name[])),
routine AS MATERIALIZED (
    SELECT p.oid, p.proowner, p.proleakproof, l.oid AS language, l.lanname, l.lanpltrusted
    FROM own o JOIN pg_proc p ON p.oid = o.oid JOIN pg_language l ON l.oid = p.prolang
    WHERE o.class = 'pg_proc'::regclass)
SELECT NULL::text, 'superuser', p.oid::regprocedure || ' in ' || p.lanname FROM routine p
WHERE NOT p.lanpltrusted
  AND NOT EXISTS (SELECT FROM pg_aggregate a WHERE a.aggfnoid = p.oid)
  AND NOT EXISTS (SELECT FROM pg_depend i WHERE i.classid = 'pg_proc'::regclass AND i.objid = p.oid AND i.deptype IN ('i', 'e'))
UNION ALL
SELECT NULL, 'superuser', p.oid::regprocedure || ' is leakproof' FROM routine p WHERE p.proleakproof AND p.lanpltrusted
UNION ALL
SELECT NULL, 'superuser', a.aggfnoid::regprocedure || ' has an internal state'
FROM routine p JOIN pg_aggregate a ON a.aggfnoid = p.oid WHERE 'internal'::regtype IN (a.aggtranstype, a.aggmtranstype)
UNION ALL
SELECT NULL, 'superuser', pg_describe_object(o.class, o.oid, 0) FROM own o
WHERE o.class IN ('pg_opclass'::regclass, 'pg_opfamily'::regclass, 'pg_ts_parser'::regclass, 'pg_ts_template'::regclass)
UNION ALL
SELECT NULL, 'superuser', pg_describe_object('pg_cast'::regclass, c.oid, 0)
FROM pg_cast c WHERE c.castmethod = 'b' AND (c.castsource IN (SELECT o.oid FROM own o WHERE o.class = 'pg_type'::regclass)
                                             OR c.casttarget IN (SELECT o.oid FROM own o WHERE o.class = 'pg_type'::regclass))
UNION ALL
SELECT NULL, 'superuser', 'a schema whose owner keeps USAGE from itself'
FROM pg_namespace n WHERE n.oid = $1 AND NOT has_schema_privilege(n.nspowner, n.oid, 'USAGE')
UNION ALL
SELECT r.rolname, 'read', 'USAGE ON SCHEMA ' || quote_ident(n.nspname)
FROM pg_namespace n, role r
WHERE n.oid = $1 AND cardinality($3::text[]) > 0 AND NOT has_schema_privilege(r.oid, n.oid, 'USAGE')
UNION ALL
SELECT r.rolname, 'read', CASE c.relkind WHEN 'S' THEN 'SELECT ON SEQUENCE ' ELSE 'SELECT ON TABLE ' END || format('%I.%I', n.nspname, c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, role r
WHERE c.relname = ANY ($3::text[]::name[]) AND n.oid = $1 AND c.relkind IN ('r', 'p', 'S')
  AND CASE c.relkind WHEN 'S' THEN NOT has_sequence_privilege(r.oid, c.oid, 'SELECT') ELSE NOT has_table_privilege(r.oid, c.oid, 'SELECT') END
UNION ALL
SELECT r.rolname, 'hidden', c.relname::text
FROM pg_class c, role r
WHERE c.relname = ANY ($3::text[]::name[]) AND c.relnamespace = $1 AND c.relkind IN ('r', 'p')
  AND c.relrowsecurity AND NOT r.sees_all AND (c.relforcerowsecurity OR NOT pg_has_role(r.oid, c.relowner, 'USAGE'))
ORDER BY 1, 2, 3
