-- What indexes have beside their definition, those of constraints too, and to which index of the parent each belongs.
SELECT 'index state', x.tableoid, x.oid, i.indrelid, s.place, 'index ' || x.relname, s.sql, NULL::text,
       CASE WHEN s.place = 0 THEN 'INDEX $.' || quote_ident(x.relname) END, s.comment, NULL::text
FROM pg_index i
JOIN pg_class x ON x.oid = i.indexrelid
CROSS JOIN LATERAL
     (SELECT 0, NULL,
             (SELECT {comment; i.indexrelid; pg_class; 0}
              WHERE EXISTS (SELECT FROM pg_constraint k
                            WHERE k.conrelid = i.indrelid AND k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')))
      UNION ALL
      SELECT 1, 'ALTER INDEX $.' || quote_ident(x.relname) || ' SET (' || {with; x.reloptions; } || ')', NULL
      WHERE EXISTS (SELECT FROM pg_constraint k
                    WHERE k.conrelid = i.indrelid AND k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
      UNION ALL
      SELECT 2, 'ALTER INDEX $.' || quote_ident(x.relname) || ' SET TABLESPACE ' || quote_ident(t.spcname), NULL
      FROM pg_tablespace t WHERE t.oid = x.reltablespace
      UNION ALL
      SELECT 3, 'ALTER INDEX $.' || quote_ident(x.relname) || ' ALTER COLUMN ' || a.attnum || ' SET STATISTICS ' || a.attstattarget, NULL
      FROM pg_attribute a WHERE 0 = ANY (i.indkey) AND a.attrelid = x.oid AND a.attnum > 0 AND a.attstattarget >= 0
      UNION ALL
      SELECT 4, 'ALTER INDEX $.' || quote_ident(p.relname) || ' ATTACH PARTITION $.' || quote_ident(x.relname), NULL
      FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhparent
      WHERE x.relispartition AND h.inhrelid = x.oid AND p.relnamespace = x.relnamespace) s (place, sql, comment)
WHERE i.indrelid = ANY ($1) AND (s.sql IS NOT NULL OR s.comment IS NOT NULL)
