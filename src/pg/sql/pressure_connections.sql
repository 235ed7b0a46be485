-- Clients of the server and of this database. Of others' sessions a role without pg_read_all_stats sees neither kind nor state:
-- what has a user and a database then counts as a client.
WITH seen AS (SELECT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS all_of_it),
client AS MATERIALIZED (
    SELECT datname, state, backend_xmin, pid
    FROM pg_stat_activity
    WHERE coalesce(backend_type, CASE WHEN usesysid IS NOT NULL AND datid IS NOT NULL THEN 'client backend' END) = 'client backend'
)
SELECT count(*),
       count(*) FILTER (WHERE datname = current_database()),
       (SELECT nullif(datconnlimit, -1)::int8 FROM pg_database WHERE datname = current_database()),
       CASE WHEN (SELECT all_of_it FROM seen) THEN count(*) FILTER (WHERE state LIKE 'idle in transaction%') END,
       CASE WHEN (SELECT all_of_it FROM seen)
            THEN (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'autovacuum worker') END,
       max(age(backend_xmin)) FILTER (WHERE pid <> pg_backend_pid())::int8,
       (SELECT max(age(transaction))::int8 FROM pg_prepared_xacts)
FROM client
