-- Before 16: the newest vacuum or analyze in each schema, automatic or by hand, and how many tables were looked at. Those that
-- have no rows or never had their rows estimated are left out: each look at the statistics of a relation stays in the memory of
-- this backend (about 125 bytes).
SELECT relnamespace,
       max(greatest(pg_stat_get_last_vacuum_time(oid), pg_stat_get_last_autovacuum_time(oid),
                    pg_stat_get_last_analyze_time(oid), pg_stat_get_last_autoanalyze_time(oid))),
       count(*)
FROM pg_class
WHERE relkind IN ('r', 'm') AND reltuples > 0 AND relnamespace NOT IN (11, 99)
GROUP BY relnamespace
