-- Primary keys and unique indexes of one column of two or four bytes whose table, one of $1, has more rows than a tenth of what the
-- type can count: the fullest $2.
WITH found AS MATERIALIZED (
    SELECT DISTINCT c.oid, c.relnamespace, c.relname, a.attnum, a.attname, a.attlen, c.reltuples::float8 AS rows,
           c.reltuples::float8 / CASE a.attlen WHEN 2 THEN 32767 ELSE 2147483647 END AS share
    FROM unnest($1::oid[]) AS large
    JOIN pg_class c ON c.oid = large
    JOIN pg_index x ON x.indrelid = c.oid AND x.indisunique AND x.indnkeyatts = 1 AND x.indkey[0] > 0 AND x.indpred IS NULL
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.indkey[0] AND a.atttypid IN (21, 23)
    WHERE c.reltuples > CASE a.attlen WHEN 2 THEN 3276.7 ELSE 214748364.7 END
)
SELECT (SELECT count(*) FROM found), n.nspname::text, f.relname::text, f.attname::text, f.attlen, f.rows, f.oid, f.attnum
FROM found f
JOIN pg_namespace n ON n.oid = f.relnamespace
ORDER BY f.share DESC, f.oid, f.attnum
LIMIT $2
