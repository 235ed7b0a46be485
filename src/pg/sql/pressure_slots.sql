-- The replication slots of the server, and what is kept for them.
SELECT slot_name::text, slot_type = 'logical', active,
       pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, restart_lsn)::int8,
       wal_status, greatest(age(xmin), age(catalog_xmin))::int8
FROM pg_replication_slots
ORDER BY 4 DESC NULLS LAST, 1
