-- Temporary files of this database. From 15 on statistics that were never reset have no moment: those of the server, which are
-- as old or younger, tell it.
SELECT d.temp_files, d.temp_bytes,
       extract(epoch FROM clock_timestamp() - coalesce(d.stats_reset, (SELECT least(b.stats_reset, a.stats_reset)
                                                                       FROM pg_stat_bgwriter b, pg_stat_archiver a)))::int8
FROM pg_stat_database d
WHERE d.datname = current_database()
