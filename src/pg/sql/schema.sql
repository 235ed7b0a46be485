SELECT n.oid, has_schema_privilege(n.oid, 'USAGE'), obj_description(n.oid, 'pg_namespace'), n.nspacl::text[],
       pg_get_userbyid(n.nspowner)::text
FROM pg_namespace n
WHERE n.nspname = $1::text::name
