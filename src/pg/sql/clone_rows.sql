-- The tables that hold rows, what of them was written, and the sequences that they own or take their defaults from: of a partition
-- those of its parents, too. OFFSET 0 keeps the server, where it has no statistics, from beginning with what the whole fleet has.
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
                   CROSS JOIN LATERAL (SELECT e.refobjid FROM pg_depend e
                                       WHERE e.classid = 'pg_attrdef'::regclass AND e.objid = f.oid AND e.refclassid = c.tableoid OFFSET 0) d
                   WHERE f.adrelid = ANY (u.all_oids || c.oid)) o
             CROSS JOIN LATERAL (SELECT r.relname, r.relkind, r.relnamespace FROM pg_class r WHERE r.oid = o.objid OFFSET 0) s
             WHERE s.relkind = 'S' AND s.relnamespace = c.relnamespace ORDER BY s.relname),
       ARRAY(SELECT p.relname::text FROM pg_class p WHERE p.oid = ANY (u.all_oids) AND p.relnamespace = c.relnamespace ORDER BY p.relname)
FROM (SELECT t.tableoid, t.* FROM pg_class t WHERE t.oid = ANY ($1) AND t.relkind = 'r' OFFSET 0) c
CROSS JOIN LATERAL
     (SELECT ARRAY(WITH RECURSIVE up (oid) AS (SELECT h.inhparent FROM pg_inherits h WHERE h.inhrelid = c.oid
                                               UNION SELECT h.inhparent FROM up JOIN pg_inherits h ON h.inhrelid = up.oid)
                   SELECT up.oid FROM up WHERE c.relispartition) AS all_oids) u
ORDER BY c.relname
