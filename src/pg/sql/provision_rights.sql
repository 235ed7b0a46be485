-- What some roles ($6) lack of what using these objects ($1, $2) in these ways ($3) takes, of what setting these parameters ($4) for these
-- functions ($5) takes, and of the rights to what they make themselves.
WITH role AS MATERIALIZED (SELECT r.oid, r.rolname FROM pg_roles r WHERE r.rolname = ANY ($6::text[]::name[])),
used AS MATERIALIZED (SELECT u.class, u.oid, u.way FROM unnest($1::oid[], $2::oid[], $3::text[]) u (class, oid, way)),
made AS MATERIALIZED (
    SELECT DISTINCT u.class, u.oid, i.schema, i.identity FROM used u CROSS JOIN LATERAL pg_identify_object(u.class, u.oid, 0) i
    WHERE u.way NOT IN ('named', 'member'))
SELECT DISTINCT r.rolname::text, 'right', 'USAGE ON SCHEMA ' || m.schema
FROM made m, role r WHERE m.schema IS NOT NULL AND NOT has_schema_privilege(r.oid, m.schema::regnamespace, 'USAGE')
UNION ALL
SELECT DISTINCT r.rolname, 'right', 'EXECUTE ON ROUTINE ' || m.identity
FROM made m JOIN used u ON u.class = m.class AND u.oid = m.oid AND u.way <> 'run', role r
WHERE m.class = 'pg_proc'::regclass AND NOT has_function_privilege(r.oid, m.oid, 'EXECUTE')
UNION ALL
SELECT r.rolname, 'right', 'USAGE ON TYPE ' || m.identity
FROM made m, role r WHERE m.class = 'pg_type'::regclass AND NOT has_type_privilege(r.oid, m.oid, 'USAGE')
UNION ALL
SELECT r.rolname, 'right', 'REFERENCES ON TABLE ' || m.identity
FROM made m JOIN used u ON u.class = m.class AND u.oid = m.oid AND u.way = 'references', role r
WHERE NOT has_any_column_privilege(r.oid, m.oid, 'REFERENCES')
UNION ALL
SELECT r.rolname, 'right', 'USAGE ON LANGUAGE ' || m.identity
FROM made m JOIN pg_language l ON l.oid = m.oid AND l.lanpltrusted, role r
WHERE m.class = 'pg_language'::regclass AND NOT has_language_privilege(r.oid, m.oid, 'USAGE')
UNION ALL
SELECT r.rolname, 'right', 'USAGE ON FOREIGN SERVER ' || m.identity
FROM made m, role r WHERE m.class = 'pg_foreign_server'::regclass AND NOT has_server_privilege(r.oid, m.oid, 'USAGE')
UNION ALL
SELECT r.rolname, 'right', 'CREATE ON TABLESPACE ' || m.identity
FROM made m, role r WHERE m.class = 'pg_tablespace'::regclass AND NOT has_tablespace_privilege(r.oid, m.oid, 'CREATE')
UNION ALL
SELECT DISTINCT r.rolname, 'member', pg_get_userbyid(o.owner)::text
FROM (SELECT p.relowner AS owner FROM used u JOIN pg_class p ON p.oid = u.oid WHERE u.way = 'inherits'
      UNION SELECT u.oid FROM used u WHERE u.way = 'member') o, role r
WHERE NOT pg_has_role(r.oid, o.owner, 'USAGE')
UNION ALL
SELECT {since; 15; r.rolname, 'right', 'SET ON PARAMETER ' || quote_ident(s.name); NULL, 'superuser', s.function || ' sets ' || s.name}
FROM unnest($4::text[], $5::text[]) s (name, function){since; 15;, role r; }
WHERE s.name <> 'role' AND NOT EXISTS (SELECT FROM pg_settings k WHERE lower(k.name) = lower(s.name) AND k.context = 'user')
  {since; 15; AND NOT has_parameter_privilege(r.oid, s.name, 'SET'); }
UNION ALL
SELECT r.rolname, 'default', x.privilege_type || ' ON ' || k.what
FROM role r
JOIN pg_default_acl a ON a.defaclrole = r.oid AND a.defaclnamespace = 0
JOIN (VALUES ('r', 'r', 'TABLES'), ('S', 's', 'SEQUENCES'), ('f', 'f', 'FUNCTIONS'), ('T', 'T', 'TYPES'), ('n', 'n', 'SCHEMAS')) k (kind, of, what)
  ON k.kind = a.defaclobjtype
CROSS JOIN LATERAL aclexplode(acldefault(k.of::"char", r.oid)) x
WHERE x.grantee = r.oid
  AND NOT EXISTS (SELECT FROM aclexplode(a.defaclacl) g WHERE g.grantee IN (0, r.oid) AND g.privilege_type = x.privilege_type)
ORDER BY 1, 2, 3
