-- The schemas in which our role may not make anything, and whose owner it may not become (see plan_owners.sql).
SELECT n.oid FROM pg_namespace n
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND NOT coalesce(has_schema_privilege(n.oid, 'CREATE'), false)
AND NOT pg_has_role(session_user, n.nspowner, CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END)
