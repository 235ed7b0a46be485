-- From 16 on: the newest scan of a table or an index in each schema, and how many were looked at. Empty ones are left out: each
-- look at the statistics of a relation stays in the memory of this backend (about 125 bytes).
SELECT relnamespace, max(pg_stat_get_lastscan(oid)), count(*)
FROM pg_class
WHERE relkind IN ('r', 'm', 'i') AND reltuples <> 0 AND relnamespace NOT IN (11, 99)
GROUP BY relnamespace
