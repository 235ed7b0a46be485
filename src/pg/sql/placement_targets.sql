-- What the oldest and the newest table of each of the names $1 point to: all of a name are made alike.
SELECT DISTINCT r.relname
FROM (SELECT unnest(ARRAY[min(oid), max(oid)]) AS oid FROM pg_class WHERE relname = ANY ($1::text[]::name[]) AND relkind = 'r' GROUP BY relname) c
JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'f'
JOIN pg_class r ON r.oid = k.confrelid
ORDER BY 1
