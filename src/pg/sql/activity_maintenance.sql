-- Before 16: the newest vacuum or analyze in each schema, automatic or by hand. A table whose rows were never estimated had none.
SELECT relnamespace, newest
FROM (SELECT relnamespace,
             max(greatest(pg_stat_get_last_vacuum_time(oid), pg_stat_get_last_autovacuum_time(oid),
                          pg_stat_get_last_analyze_time(oid), pg_stat_get_last_autoanalyze_time(oid))) AS newest
      FROM pg_class
      WHERE relkind IN ('r', 'm') AND reltuples >= 0 AND relnamespace NOT IN (11, 99)
      GROUP BY relnamespace) s
WHERE newest IS NOT NULL
