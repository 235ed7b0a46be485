-- The process that serves us and the moment of its start, in microseconds since 1970: together they are never given to another one.
-- And whether it reads backslashes in literals as the standard does.
SELECT a.pid, (extract(epoch FROM a.backend_start) * 1000000)::bigint,
       pg_catalog.current_setting('standard_conforming_strings') = 'on'
FROM pg_catalog.pg_stat_activity a
WHERE a.pid = pg_catalog.pg_backend_pid()
