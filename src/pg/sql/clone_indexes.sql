-- Indexes that no constraint makes, those of partitions too: they keep their names so.
SELECT 'index', x.tableoid, x.oid, c.oid, 0, 'index ' || x.relname || ' on ' || c.relname,
       'CREATE ' || d.words || '$.' || quote_ident(c.relname)
       || substr(pg_get_indexdef(i.indexrelid), length('CREATE ' || d.words || quote_ident(n.nspname) || '.' || quote_ident(c.relname)) + 1),
       NULL::text,
       'INDEX $.' || quote_ident(x.relname),
       {comment; x.oid; pg_class; 0},
       NULL::text
FROM pg_index i
JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class x ON x.oid = i.indexrelid
CROSS JOIN LATERAL (SELECT CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END || 'INDEX ' || quote_ident(x.relname) || ' ON '
                           || CASE WHEN x.relkind = 'I' THEN 'ONLY ' ELSE '' END AS words) d
WHERE i.indrelid = ANY ($1) AND NOT i.indisprimary
  AND CASE WHEN i.indisunique OR i.indisexclusion
           THEN NOT EXISTS (SELECT FROM pg_constraint k
                            WHERE k.conrelid = i.indrelid AND k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
           ELSE true END
