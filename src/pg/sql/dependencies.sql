-- What the objects of a schema ($1) rest on that is not in it: how it is found elsewhere, what is used of it, how it is used, and the
-- extension that brought it. What an extension brought into the schema rests on is left out, as that is not made again.
WITH RECURSIVE own (class, oid) AS (
    SELECT d.classid, d.objid FROM pg_depend d
    WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = $1
      AND (d.deptype = 'n' OR d.classid = 'pg_default_acl'::regclass)
      AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = d.classid AND e.objid = d.objid AND e.deptype = 'e')
    UNION
    SELECT d.classid, d.objid FROM own o JOIN pg_depend d ON d.refclassid = o.class AND d.refobjid = o.oid
    WHERE d.deptype IN ('i', 'a', 'P', 'S')
      AND d.classid NOT IN ('pg_publication_rel'::regclass, 'pg_publication'::regclass, 'pg_event_trigger'::regclass)),
used (class, oid, part, way, by) AS MATERIALIZED (
    SELECT CASE WHEN k.oid IS NULL THEN d.refclassid ELSE 'pg_class'::regclass END, coalesce(k.conrelid, d.refobjid),
           CASE WHEN k.oid IS NOT NULL THEN 'primary key ' || k.conindid WHEN d.refobjsubid > 0 THEN 'column ' || d.refobjsubid ELSE '' END,
           CASE WHEN d.classid IN ('pg_rewrite'::regclass, 'pg_proc'::regclass) THEN 'run' ELSE 'make' END, NULL::text
    FROM own o
    JOIN pg_depend d ON d.classid = o.class AND d.objid = o.oid
    LEFT JOIN pg_constraint k ON d.refclassid = 'pg_constraint'::regclass AND k.oid = d.refobjid
    LEFT JOIN pg_class i ON d.refclassid = 'pg_class'::regclass AND i.oid = d.refobjid
    LEFT JOIN pg_constraint part ON d.classid = 'pg_constraint'::regclass AND part.oid = d.objid AND part.conparentid <> 0
    WHERE d.deptype IN ('n', 'a') AND d.refclassid <> 'pg_namespace'::regclass AND (i.oid IS NULL OR i.relkind NOT IN ('i', 'I')) AND part.oid IS NULL
      AND (d.refclassid, d.refobjid) NOT IN (SELECT x.class, x.oid FROM own x)
    UNION
    SELECT 'pg_class'::regclass, k.confrelid, 'key ' || k.conindid, 'references', c.relname::text
    FROM own o JOIN pg_constraint k ON k.oid = o.oid JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class r ON r.oid = k.confrelid
    WHERE o.class = 'pg_constraint'::regclass AND k.contype = 'f' AND k.conparentid = 0 AND r.relnamespace <> $1
    UNION
    SELECT 'pg_class'::regclass, h.inhparent, 'columns', 'inherits', NULL
    FROM own o JOIN pg_inherits h ON h.inhrelid = o.oid JOIN pg_class p ON p.oid = h.inhparent
    WHERE o.class = 'pg_class'::regclass AND p.relkind IN ('r', 'p', 'f') AND p.relnamespace <> $1
    UNION
    SELECT 'pg_language'::regclass, p.prolang, '', 'make', NULL FROM own o JOIN pg_proc p ON p.oid = o.oid WHERE o.class = 'pg_proc'::regclass
    UNION
    SELECT 'pg_tablespace'::regclass, c.reltablespace, '', 'make', NULL
    FROM own o JOIN pg_class c ON c.oid = o.oid WHERE o.class = 'pg_class'::regclass AND c.reltablespace <> 0
    UNION
    SELECT 'pg_authid'::regclass, r.oid, '', CASE WHEN r.oid = a.defaclrole AND r.oid <> n.nspowner THEN 'member' ELSE 'named' END, NULL
    FROM (SELECT o.class, o.oid FROM own o UNION ALL SELECT 'pg_namespace'::regclass, $1) o
    JOIN pg_namespace n ON n.oid = $1
    -- OFFSET 0 keeps the server, where it has no statistics, from going through all that belongs to the roles.
    CROSS JOIN LATERAL (SELECT e.deptype, e.refobjid FROM pg_shdepend e
                        WHERE e.dbid = (SELECT b.oid FROM pg_database b WHERE b.datname = current_database())
                          AND e.classid = o.class AND e.objid = o.oid AND e.refclassid = 'pg_authid'::regclass OFFSET 0) d
    JOIN pg_roles r ON r.oid = d.refobjid
    LEFT JOIN pg_default_acl a ON o.class = 'pg_default_acl'::regclass AND a.oid = o.oid
    WHERE d.deptype IN ('a', 'r') OR a.oid IS NOT NULL),
brought AS (
    SELECT u.class, u.oid, e.refobjid AS extension
    FROM used u JOIN pg_depend e ON e.classid = u.class AND e.objid = u.oid AND e.objsubid = 0 AND e.deptype = 'e'),
every AS (
    SELECT * FROM used UNION SELECT 'pg_extension'::regclass, b.extension, '', 'named', NULL FROM brought b)
SELECT u.class, u.oid, array_agg(DISTINCT u.way), a.type, a.object_names, a.object_args, min(i.type || ' ' || i.identity),
       array_remove(array_agg(DISTINCT f.facet), NULL), array_remove(array_agg(DISTINCT u.by), NULL), min(x.extname)::text,
       bool_or(coalesce(i.schema = quote_ident(n.nspname), false))
FROM every u
CROSS JOIN LATERAL pg_identify_object_as_address(u.class, u.oid, 0) a
CROSS JOIN LATERAL pg_identify_object(u.class, u.oid, 0) i
LEFT JOIN LATERAL ({facets; u.class; u.oid}) f ON f.part IN ('', u.part)
LEFT JOIN brought b ON b.class = u.class AND b.oid = u.oid
LEFT JOIN pg_extension x ON x.oid = b.extension
JOIN pg_namespace n ON n.oid = $1
WHERE a.type IS NOT NULL
GROUP BY u.class, u.oid, a.type, a.object_names, a.object_args
ORDER BY 7
