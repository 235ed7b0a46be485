-- Those that no constraint made; what a partition has by its parent is told of the parent alone. Only what is unique or excludes
-- can be of a constraint, and a primary key always is.
SELECT 'index', c.relname::text, x.relname::text, true,
       ARRAY['!definition', pg_get_indexdef(i.indexrelid, 0, true),
             'valid', CASE WHEN NOT i.indisvalid THEN 'no' END,
             'clustered', CASE WHEN i.indisclustered THEN 'yes' END,
             'replica identity', CASE WHEN i.indisreplident THEN 'yes' END,
             'statistics', CASE WHEN 0 = ANY (i.indkey) THEN
                               (SELECT string_agg(a.attnum || ': ' || a.attstattarget, ', ' ORDER BY a.attnum)
                                FROM pg_attribute a WHERE a.attrelid = i.indexrelid AND a.attnum > 0 AND a.attstattarget >= 0) END,
             'comment', {comment; i.indexrelid; pg_class; 0}]::text[]
FROM pg_index i
JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_class x ON x.oid = i.indexrelid
WHERE i.indrelid = ANY ($1) AND NOT i.indisprimary AND NOT x.relispartition
  AND CASE WHEN i.indisunique OR i.indisexclusion
           THEN NOT EXISTS (SELECT FROM pg_constraint k
                            WHERE k.conrelid = i.indrelid AND k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
           ELSE true END
