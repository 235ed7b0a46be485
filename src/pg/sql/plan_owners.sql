-- The schemas whose owner our role is not and may become. Who is a member, also through others, may become it; since version 16 that is
-- a right of its own, of which the versions before know nothing. It is a right of the role that connected, whichever role the connection
-- has now. Roles of the system itself own nothing that a person makes.
SELECT n.oid, o.rolname::text
FROM pg_namespace n JOIN pg_roles o ON o.oid = n.nspowner
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND o.rolname <> current_user AND o.rolname !~ '^pg_'
AND pg_has_role(session_user, o.oid, CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END)
