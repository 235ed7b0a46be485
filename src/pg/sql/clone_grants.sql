-- Privileges that are not the default of their kind: first what of the default was taken away, then what was given. $1 are the
-- relations, $2 the routines, $3 the types, $4 the schema.
SELECT 'grant', o.class, o.oid, 0::oid, g.place, o.label,
       CASE g.place WHEN 0 THEN 'REVOKE ' ELSE 'GRANT ' END
       || string_agg(g.privilege_type || coalesce(' (' || o.attribute || ')', ''), ', ' ORDER BY g.privilege_type) || ' ON ' || o.subject
       || CASE g.place WHEN 0 THEN ' FROM ' ELSE ' TO ' END
       || CASE g.grantee WHEN 0 THEN 'PUBLIC' WHEN s.nspowner THEN '$owner' ELSE quote_ident(pg_get_userbyid(g.grantee)) END
       || CASE g.place WHEN 2 THEN ' WITH GRANT OPTION' ELSE '' END,
       NULL::text, NULL::text, NULL::text, NULL::text
FROM (SELECT 'pg_namespace'::regclass::oid AS class, n.oid, 'schema' AS label, 'SCHEMA $' AS subject, NULL::text AS attribute, n.nspacl AS acl,
             'n'::"char" AS kind, n.nspowner AS owner
      FROM pg_namespace n WHERE n.oid = $4 AND n.nspacl IS NOT NULL
      UNION ALL
      SELECT 'pg_class'::regclass, c.oid, c.relname, CASE c.relkind WHEN 'S' THEN 'SEQUENCE $.' ELSE 'TABLE $.' END || quote_ident(c.relname), NULL,
             c.relacl, CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner
      FROM pg_class c WHERE c.oid = ANY ($1) AND c.relacl IS NOT NULL
      UNION ALL
      SELECT 'pg_class'::regclass, c.oid, c.relname || '.' || a.attname, 'TABLE $.' || quote_ident(c.relname), quote_ident(a.attname), a.attacl, 'c', c.relowner
      FROM (SELECT r.oid, r.relname, r.relowner FROM pg_class r WHERE r.oid = ANY ($1) OFFSET 0) c
      CROSS JOIN LATERAL (SELECT l.tableoid, l.* FROM pg_attribute l WHERE l.attrelid = c.oid AND l.attnum > 0 OFFSET 0) a
      WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
      UNION ALL
      SELECT 'pg_proc'::regclass, p.oid, p.oid::regprocedure::text, 'ROUTINE $.' || quote_ident(p.proname) || '(' || oidvectortypes(p.proargtypes) || ')',
             NULL, p.proacl, 'f', p.proowner
      FROM pg_proc p WHERE p.oid = ANY ($2) AND p.proacl IS NOT NULL
      UNION ALL
      SELECT 'pg_type'::regclass, t.oid, t.typname, 'TYPE $.' || quote_ident(t.typname), NULL, t.typacl, 'T', t.typowner
      FROM pg_type t WHERE t.oid = ANY ($3) AND t.typacl IS NOT NULL) o
CROSS JOIN LATERAL
     (SELECT CASE WHEN x.is_grantable THEN 2 ELSE 1 END AS place, x.grantee, x.privilege_type
      FROM (SELECT x.grantee, x.privilege_type, x.is_grantable FROM aclexplode(o.acl) x
            EXCEPT
            SELECT y.grantee, y.privilege_type, y.is_grantable FROM aclexplode(acldefault(o.kind, o.owner)) y) x
      UNION ALL
      SELECT 0, y.grantee, y.privilege_type
      FROM aclexplode(acldefault(o.kind, o.owner)) y
      WHERE NOT EXISTS (SELECT FROM aclexplode(o.acl) x WHERE x.grantee = y.grantee AND x.privilege_type = y.privilege_type)) g
JOIN pg_namespace s ON s.oid = $4
GROUP BY o.class, o.oid, o.label, o.subject, o.owner, s.nspowner, g.place, g.grantee
