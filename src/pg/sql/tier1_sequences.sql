-- A sequence that belongs to a column is known by the column, so that its own name is loose.
SELECT r.ns, {h}ROW('sequence'::text, r.relpersistence, s.seqtypid, s.seqstart, s.seqincrement, s.seqmax, s.seqmin, s.seqcache, s.seqcycle,
                    d.deptype, d.refobjsubid, coalesce(o.relname, r.relname)){/h} AS base,
       CASE WHEN o.oid IS NOT NULL THEN r.relname::text END AS loose
FROM relation r
JOIN pg_sequence s ON s.seqrelid = r.oid
LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = r.oid AND d.objsubid = 0
                     AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
LEFT JOIN pg_class o ON o.oid = d.refobjid AND o.relnamespace = r.ns AND o.relkind IN ('r', 'p', 'f')
WHERE r.relkind = 'S'
