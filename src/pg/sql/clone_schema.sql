-- The schema itself, then who gets what of what will be made in it.
SELECT 'schema', n.tableoid, n.oid, 0::oid, 0, 'schema', NULL::text, NULL::text, 'SCHEMA $', {comment; n.oid; pg_namespace; 0},
       pg_get_userbyid(n.nspowner)::text
FROM pg_namespace n
WHERE n.oid = ANY ($1)
UNION ALL
SELECT 'default grant', d.tableoid, d.oid, 0, 0, 'default privileges',
       'ALTER DEFAULT PRIVILEGES FOR ROLE ' || CASE d.defaclrole WHEN n.nspowner THEN '$owner' ELSE quote_ident(pg_get_userbyid(d.defaclrole)) END
       || ' IN SCHEMA $ GRANT ' || string_agg(x.privilege_type, ', ' ORDER BY x.privilege_type) || ' ON '
       || CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' ELSE 'TYPES' END || ' TO '
       || CASE x.grantee WHEN 0 THEN 'PUBLIC' WHEN n.nspowner THEN '$owner' ELSE quote_ident(pg_get_userbyid(x.grantee)) END
       || CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END, NULL, NULL, NULL, NULL
FROM pg_namespace n
JOIN pg_default_acl d ON d.defaclnamespace = n.oid
CROSS JOIN LATERAL aclexplode(d.defaclacl) x
WHERE n.oid = ANY ($1)
GROUP BY n.nspowner, d.tableoid, d.oid, d.defaclrole, d.defaclobjtype, x.grantee, x.is_grantable
