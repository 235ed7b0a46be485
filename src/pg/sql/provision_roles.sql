-- Which of these roles there are, and whether ours may give them what it makes. Since version 16 that is a right of its own.
SELECT r.rolname::text,
       pg_has_role(r.oid, CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END)
FROM pg_roles r WHERE r.rolname = ANY ($1::text[]::name[])
