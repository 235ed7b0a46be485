-- What the server is and who we are there. The identifier of the system is asked apart, because a role may be refused it.
SELECT current_setting('server_version_num')::int,
       current_database(),
       pg_is_in_recovery(),
       current_user::text,
       (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
       pg_backend_pid(),
       has_function_privilege('pg_control_system()', 'EXECUTE')
