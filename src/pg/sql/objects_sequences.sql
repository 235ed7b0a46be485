SELECT 'sequence', NULL::text, c.relname::text, o.label IS NOT NULL,
       ARRAY['type', CASE WHEN s.seqtypid <> 'bigint'::regtype THEN format_type(s.seqtypid, NULL) END,
             'start', CASE WHEN s.seqstart <> CASE WHEN s.seqincrement > 0 THEN s.seqmin ELSE s.seqmax END THEN s.seqstart::text END,
             'increment', CASE WHEN s.seqincrement <> 1 THEN s.seqincrement::text END,
             'minimum', CASE WHEN s.seqmin <> CASE WHEN s.seqincrement > 0 THEN 1 ELSE b.low END THEN s.seqmin::text END,
             'maximum', CASE WHEN s.seqmax <> CASE WHEN s.seqincrement > 0 THEN b.high ELSE -1 END THEN s.seqmax::text END,
             'cache', CASE WHEN s.seqcache <> 1 THEN s.seqcache::text END,
             'cycle', CASE WHEN s.seqcycle THEN 'yes' END,
             'persistence', CASE c.relpersistence WHEN 'u' THEN 'unlogged' WHEN 't' THEN 'temporary' END,
             'owned by', o.label,
             'identity', CASE o.deptype WHEN 'i' THEN 'yes' END,
             'comment', {comment; c.oid; pg_class; 0},
             'owner', pg_get_userbyid(c.relowner),
             'grants', {grants; c.relacl; 's'; c.relowner}]::text[]
FROM pg_class c
JOIN pg_sequence s ON s.seqrelid = c.oid
CROSS JOIN LATERAL (SELECT CASE s.seqtypid WHEN 'smallint'::regtype THEN -32768 WHEN 'integer'::regtype THEN -2147483648
                                           ELSE -9223372036854775808 END AS low,
                           CASE s.seqtypid WHEN 'smallint'::regtype THEN 32767 WHEN 'integer'::regtype THEN 2147483647
                                           ELSE 9223372036854775807 END AS high) b
LEFT JOIN LATERAL (SELECT r.relname || '.' || a.attname AS label, d.deptype
                   FROM pg_depend d
                   JOIN pg_class r ON r.oid = d.refobjid
                   JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
                   WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
                     AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
                   LIMIT 1) o ON true
WHERE c.oid = ANY ($1) AND c.relkind = 'S'
