-- What these roles ($1) and ours may here, to whom of some ($2, and ours) each may give what it makes, and who of them may give to it. Who
-- is a member may become a role; since version 16 that is a right of its own. What was given is still worked on, which takes its owner's rights.
SELECT r.rolname::text, r.rolname = current_user, r.rolsuper, pg_has_role(session_user, r.oid, w.way),
       has_database_privilege(r.oid, current_database(), 'CREATE'),
       ARRAY(SELECT o.rolname::text FROM pg_roles o
             WHERE (o.rolname = ANY ($2::text[]::name[]) OR o.rolname = current_user)
               AND pg_has_role(r.oid, o.oid, 'USAGE') AND pg_has_role(r.oid, o.oid, w.way)),
       ARRAY(SELECT o.rolname::text FROM pg_roles o
             WHERE (o.rolname = ANY ($2::text[]::name[]) OR o.rolname = current_user)
               AND pg_has_role(o.oid, r.oid, 'USAGE') AND pg_has_role(o.oid, r.oid, w.way))
FROM pg_roles r
CROSS JOIN (SELECT CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END AS way) w
WHERE r.rolname = ANY ($1::text[]::name[]) OR r.rolname = current_user
