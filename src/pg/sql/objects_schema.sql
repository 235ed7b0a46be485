-- The schema's own comment is not compared: in a fleet it says whose schema it is, and differs by right.
SELECT 'schema', NULL::text, '@', false,
       ARRAY['owner', pg_get_userbyid(n.nspowner),
             'grants', {grants; n.nspacl; 'n'; n.nspowner},
             'default grants', (SELECT string_agg(f.lines, E'\n' ORDER BY f.lines)
                                FROM (SELECT CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences'
                                                  WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types' ELSE d.defaclobjtype::text END
                                             || ': ' || g.privileges || ' to ' || g.grantee AS lines
                                      FROM pg_default_acl d,
                                           LATERAL (SELECT string_agg(x.privilege_type || CASE WHEN x.is_grantable THEN '*' ELSE '' END,
                                                                      ', ' ORDER BY x.privilege_type) AS privileges,
                                                           CASE x.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(x.grantee) END AS grantee
                                                    FROM aclexplode(d.defaclacl) x GROUP BY x.grantee) g
                                      WHERE d.defaclnamespace = n.oid) f)]::text[]
FROM pg_namespace n
WHERE n.oid = ANY ($1)
