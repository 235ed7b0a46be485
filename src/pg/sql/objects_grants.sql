CASE WHEN {1} IS NOT NULL THEN nullif(
    coalesce((SELECT string_agg(g.line, E'\n' ORDER BY g.line)
              FROM (SELECT string_agg(x.privilege_type || repeat('*', x.is_grantable::int), ', ' ORDER BY x.privilege_type)
                           || ' to ' || coalesce(nullif(pg_get_userbyid(x.grantee)::text, 'unknown (OID=0)'), 'public') AS line
                    FROM aclexplode({1}) x GROUP BY x.grantee) g), 'nobody'),
    (SELECT string_agg(g.line, E'\n' ORDER BY g.line)
     FROM (SELECT string_agg(x.privilege_type || repeat('*', x.is_grantable::int), ', ' ORDER BY x.privilege_type)
                  || ' to ' || coalesce(nullif(pg_get_userbyid(x.grantee)::text, 'unknown (OID=0)'), 'public') AS line
           FROM aclexplode(acldefault({2}, {3})) x GROUP BY x.grantee) g)) END
