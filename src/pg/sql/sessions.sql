-- Who is connected to this database, and who holds one of them up from another one. Who is waited for is asked only of those who
-- wait: pg_blocking_pids() stops the whole lock table for a moment. Ages are milliseconds by the server's clock. The text of a
-- query in another encoding could not be sent. $1: characters of a query.
WITH here AS MATERIALIZED (
    SELECT oid, encoding FROM pg_database WHERE datname = current_database()
), waiter AS MATERIALIZED (
    SELECT DISTINCT ON (l.pid) l.pid, l.locktype, l.mode, l.relation, l.database
    FROM pg_locks l
    WHERE NOT l.granted AND l.pid IN (SELECT a.pid FROM pg_stat_activity a JOIN here h ON h.oid = a.datid)
    ORDER BY l.pid
), waiting AS MATERIALIZED (
    SELECT w.*, pg_blocking_pids(w.pid) AS blockers FROM waiter w
)
SELECT a.pid, CASE WHEN a.datid IS DISTINCT FROM h.oid THEN coalesce(a.datname::text, '') END,
       a.usename::text, coalesce(a.application_name, ''), coalesce(a.client_hostname, host(a.client_addr)),
       a.backend_type, a.state, a.wait_event_type, a.wait_event,
       (extract(epoch FROM clock_timestamp() - a.backend_start) * 1000)::bigint,
       (extract(epoch FROM clock_timestamp() - a.xact_start) * 1000)::bigint,
       (extract(epoch FROM clock_timestamp() - a.query_start) * 1000)::bigint,
       (extract(epoch FROM clock_timestamp() - a.state_change) * 1000)::bigint,
       CASE WHEN d.encoding = h.encoding THEN left(a.query, $1::int) END,
       CASE WHEN d.encoding = h.encoding THEN length(a.query) > $1::int END,
       age(a.backend_xmin), a.leader_pid, w.blockers, w.locktype, w.mode,
       n.nspname::text, c.relname::text,
       a.pid = pg_backend_pid() OR starts_with(coalesce(a.application_name, ''), 'tenantry/')
FROM pg_stat_activity a
CROSS JOIN here h
LEFT JOIN waiting w ON w.pid = a.pid
LEFT JOIN pg_database d ON d.oid = a.datid
LEFT JOIN pg_class c ON c.oid = w.relation AND w.database = h.oid
LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE a.datid = h.oid OR a.pid IN (SELECT unnest(blockers) FROM waiting)
ORDER BY a.pid
