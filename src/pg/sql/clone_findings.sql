-- What a clone cannot have, or has otherwise. $1 is the schema, $2 its relations, $3 its routines, $4 its types.
WITH RECURSIVE own (class, oid) AS (
    SELECT d.classid, d.objid FROM pg_depend d WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = $1 AND d.deptype = 'n'
    UNION
    SELECT d.classid, d.objid FROM own o JOIN pg_depend d ON d.refclassid = o.class AND d.refobjid = o.oid
    WHERE d.deptype IN ('i', 'a', 'P', 'S')
      AND d.classid NOT IN ('pg_publication_rel'::regclass, 'pg_publication'::regclass, 'pg_event_trigger'::regclass))
SELECT 'elsewhere', coalesce(pg_describe_object(x.classid, x.objid, 0), '')
FROM (SELECT DISTINCT d.classid, CASE WHEN d.classid = 'pg_rewrite'::regclass THEN w.ev_class ELSE d.objid END AS objid
      FROM (SELECT d.classid, d.objid FROM own o JOIN pg_depend d ON d.refclassid = o.class AND d.refobjid = o.oid
            WHERE d.deptype = 'n' AND d.classid NOT IN ('pg_cast'::regclass, 'pg_default_acl'::regclass)) d
      LEFT JOIN pg_rewrite w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid
      WHERE NOT EXISTS (SELECT FROM own o WHERE o.class = d.classid AND o.oid = d.objid)
      LIMIT 100) y
CROSS JOIN LATERAL (SELECT CASE WHEN y.classid = 'pg_rewrite'::regclass THEN 'pg_class'::regclass::oid ELSE y.classid END AS classid, y.objid) x
UNION ALL
SELECT 'published', c.relname::text || ' in ' || p.pubname
FROM pg_publication_rel r JOIN pg_class c ON c.oid = r.prrelid JOIN pg_publication p ON p.oid = r.prpubid
WHERE r.prrelid = ANY ($2)
{since; 15; UNION ALL
SELECT 'published', 'the schema in ' || p.pubname
FROM pg_publication_namespace r JOIN pg_publication p ON p.oid = r.pnpubid WHERE r.pnnspid = $1; }
UNION ALL
SELECT 'extension', pg_describe_object(d.classid, d.objid, 0)
FROM pg_depend d JOIN pg_depend e ON e.classid = d.classid AND e.objid = d.objid AND e.objsubid = 0 AND e.deptype = 'e'
WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = $1 AND d.deptype = 'n'
UNION ALL
SELECT 'base type', t.typname FROM pg_type t WHERE t.oid = ANY ($4) AND (t.typtype = 'b' OR t.typtype = 'p' AND NOT t.typisdefined)
UNION ALL
SELECT 'base type', t.typname FROM pg_range r JOIN pg_type t ON t.oid = r.rngtypid WHERE r.rngtypid = ANY ($4) AND r.rngcanonical <> 0
UNION ALL
SELECT 'conversion', c.conname FROM pg_depend d JOIN pg_conversion c ON c.oid = d.objid
WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = $1 AND d.classid = 'pg_conversion'::regclass
UNION ALL
SELECT 'unchecked key', c.relname || ': ' || string_agg(DISTINCT k.conname::text, ', ')
FROM (SELECT i.tgrelid, i.tgconstraint FROM pg_trigger i
      WHERE i.tgrelid = ANY ($2) AND i.tgisinternal AND i.tgenabled <> 'O' OFFSET 0) t
JOIN pg_class c ON c.oid = t.tgrelid
CROSS JOIN LATERAL (SELECT n.conname FROM pg_constraint n WHERE n.oid = t.tgconstraint AND n.contype = 'f' OFFSET 0) k
GROUP BY c.relname
UNION ALL
SELECT 'parent elsewhere', c.relname || ' of ' || h.inhparent::regclass
FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid JOIN pg_class p ON p.oid = h.inhparent
WHERE h.inhrelid = ANY ($2) AND p.relnamespace <> $1
UNION ALL
SELECT 'later column', c.relname::text
FROM (SELECT t.tableoid, t.* FROM pg_class t WHERE t.oid = ANY ($2) AND t.relkind IN ('r', 'f') OFFSET 0) c
WHERE EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = c.oid) AND NOT c.relispartition AND NOT {natural; c}
  AND (EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND NOT a.attislocal)
       OR EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND NOT k.conislocal))
UNION ALL
SELECT 'child elsewhere', h.inhrelid::regclass || ' of ' || p.relname
FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid JOIN pg_class p ON p.oid = h.inhparent
WHERE h.inhparent = ANY ($2) AND c.relnamespace <> $1
UNION ALL
SELECT 'granted by others', c.relname || ' by ' || string_agg(DISTINCT pg_get_userbyid(x.grantor)::text, ', ')
FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) x
WHERE c.oid = ANY ($2) AND c.relacl IS NOT NULL AND x.grantor <> c.relowner
GROUP BY c.relname
UNION ALL
SELECT 'security label', l.provider || ' on ' || pg_describe_object(l.classoid, l.objoid, l.objsubid)
FROM pg_seclabel l
WHERE l.classoid = 'pg_class'::regclass AND l.objoid = ANY ($2) OR l.classoid = 'pg_proc'::regclass AND l.objoid = ANY ($3)
   OR l.classoid = 'pg_type'::regclass AND l.objoid = ANY ($4) OR l.classoid = 'pg_namespace'::regclass AND l.objoid = $1
ORDER BY 1, 2
