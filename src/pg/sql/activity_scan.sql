-- From 16 on: the newest scan of a table or an index in each schema.
SELECT relnamespace, newest
FROM (SELECT relnamespace, max(pg_stat_get_lastscan(oid)) AS newest
      FROM pg_class
      WHERE relkind IN ('r', 'm', 'i') AND relnamespace NOT IN (11, 99)
      GROUP BY relnamespace) s
WHERE newest IS NOT NULL
