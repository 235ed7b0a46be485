-- Since when the counters of this database count: they begin anew at a reset and after a crash.
SELECT concat_ws(' ', pg_stat_get_db_stat_reset_time(oid), pg_stat_get_bgwriter_stat_reset_time(), pg_postmaster_start_time())
FROM pg_database
WHERE datname = current_database()
