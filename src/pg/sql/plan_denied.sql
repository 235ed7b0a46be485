-- The schemas in which our role may not make anything.
SELECT n.oid FROM pg_namespace n
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND NOT coalesce(has_schema_privilege(n.oid, 'CREATE'), false)
