-- The owner of the schema is known as such. A list of nobody is not the default, and counts as a row.
SELECT x.ns, {h}ROW('grant'::text, x.kind, x.name, x.part, g.privilege_type, g.is_grantable, g.grantor <> n.nspowner AND g.grantor <> 10,
                    CASE WHEN g.grantee = n.nspowner THEN 1 ELSE g.grantee END){/h} AS base, NULL::text AS loose
FROM (SELECT r.ns, 'relation'::text AS kind, r.relname::text AS name, 0::int2 AS part, r.relacl AS acl FROM relation r WHERE r.relacl IS NOT NULL
      UNION ALL SELECT r.ns, 'relation', r.relname, a.attnum, a.attacl FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid
      WHERE a.attacl IS NOT NULL
      UNION ALL SELECT y.ns, 'type', y.typname, 0, y.typacl FROM type y WHERE y.typacl IS NOT NULL
      UNION ALL SELECT p.ns, 'routine', p.proname || {arguments p}, 0, p.proacl FROM routine p WHERE p.proacl IS NOT NULL
      UNION ALL SELECT n.oid, 'schema', NULL, 0, n.nspacl FROM scope s JOIN pg_namespace n ON n.oid = s.oid WHERE n.nspacl IS NOT NULL
      UNION ALL SELECT n.oid, 'default', d.defaclobjtype::text || CASE WHEN d.defaclrole = n.nspowner THEN '' ELSE ' ' || d.defaclrole END, 0,
                       d.defaclacl
      FROM scope s JOIN pg_default_acl d ON d.defaclnamespace = s.oid JOIN pg_namespace n ON n.oid = s.oid) x
JOIN pg_namespace n ON n.oid = x.ns
LEFT JOIN LATERAL aclexplode(x.acl) g ON true
