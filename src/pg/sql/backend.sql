-- One process by its number. What our role may not see is null.
SELECT a.pid, (extract(epoch FROM a.backend_start) * 1000000)::bigint, (extract(epoch FROM a.query_start) * 1000000)::bigint,
       a.state, a.usename::text, coalesce(a.application_name, ''),
       coalesce(a.client_hostname, host(a.client_addr)), a.backend_type,
       (extract(epoch FROM pg_catalog.clock_timestamp() - a.query_start) * 1000)::bigint,
       (extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start) * 1000)::bigint,
       left(a.query, 4096), a.pid = pg_catalog.pg_backend_pid()
FROM pg_catalog.pg_stat_activity a
WHERE a.pid = $1::int
