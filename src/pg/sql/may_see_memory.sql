-- The view came with 14; who may read it depends on the server's grants.
SELECT pg_backend_pid(),
       coalesce(has_table_privilege(to_regclass('pg_catalog.pg_backend_memory_contexts'), 'SELECT')
                AND has_function_privilege(to_regprocedure('pg_catalog.pg_get_backend_memory_contexts()'), 'EXECUTE'), false)
