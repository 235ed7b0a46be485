-- The tables that hold rows, what of them was written, and the sequences that they own or take their defaults from: of a partition
-- those of its parents, too.
SELECT c.relname::text,
       ARRAY(SELECT a.attname::text FROM pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum),
       greatest(c.reltuples, 0)::bigint,
       c.relpages::bigint * current_setting('block_size')::bigint,
       ARRAY(SELECT s.relname::text
             FROM (SELECT d.objid FROM pg_depend d
                   WHERE d.refclassid = c.tableoid AND d.refobjid = ANY (u.all_oids || c.oid) AND d.refobjsubid > 0
                     AND d.classid = c.tableoid AND d.deptype IN ('a', 'i')
                   UNION
                   SELECT d.refobjid FROM pg_attrdef f
                   JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid AND d.refclassid = c.tableoid
                   WHERE f.adrelid = ANY (u.all_oids || c.oid)) o
             JOIN pg_class s ON s.oid = o.objid
             WHERE s.relkind = 'S' AND s.relnamespace = c.relnamespace ORDER BY s.relname),
       ARRAY(SELECT p.relname::text FROM pg_class p WHERE p.oid = ANY (u.all_oids) AND p.relnamespace = c.relnamespace ORDER BY p.relname)
FROM pg_class c
CROSS JOIN LATERAL
     (SELECT ARRAY(WITH RECURSIVE up (oid) AS (SELECT h.inhparent FROM pg_inherits h WHERE h.inhrelid = c.oid
                                               UNION SELECT h.inhparent FROM up JOIN pg_inherits h ON h.inhrelid = up.oid)
                   SELECT up.oid FROM up WHERE c.relispartition) AS all_oids) u
WHERE c.oid = ANY ($1) AND c.relkind = 'r'
ORDER BY c.relname
