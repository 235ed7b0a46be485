-- What of the schema $1 still leads to the schema $2 (0: that is in another database) or to its name $3: what depends on it or on anything
-- in it, and bodies and paths of functions that name it. From what stands in $1 to the little that it needs outside, by index each: the
-- cost follows the one schema, not the catalogue.
WITH RECURSIVE own (class, oid) AS (
    SELECT d.classid, d.objid FROM pg_depend d WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = $1
    UNION
    SELECT d.classid, d.objid FROM own o JOIN pg_depend d ON d.refclassid = o.class AND d.refobjid = o.oid
    WHERE d.deptype IN ('i', 'a', 'P', 'S')),
outside (class, oid) AS (
    SELECT d.refclassid, d.refobjid FROM own o JOIN pg_depend d ON d.classid = o.class AND d.objid = o.oid WHERE $2 <> 0::oid
    EXCEPT SELECT o.class, o.oid FROM own o),
belongs (class, oid, to_class, to_oid) AS (
    SELECT u.class, u.oid, u.class, u.oid FROM outside u
    UNION
    SELECT b.class, b.oid, d.refclassid, d.refobjid FROM belongs b JOIN pg_depend d ON d.classid = b.to_class AND d.objid = b.to_oid
    WHERE d.deptype IN ('i', 'a', 'P', 'S') OR d.refclassid = 'pg_namespace'::regclass),
routine AS (SELECT p.oid, p.prosrc, p.proconfig FROM own o JOIN pg_proc p ON p.oid = o.oid WHERE o.class = 'pg_proc'::regclass),
named (body) AS (
    SELECT '(^|[^[:alnum:]_$.@])(' || regexp_replace($3, '([^[:alnum:]_])', '\\\1', 'g') || '|"'
           || regexp_replace(replace($3, '"', '""'), '([^[:alnum:]_])', '\\\1', 'g') || '")\.["[:alpha:]_]')
SELECT DISTINCT pg_describe_object(d.classid, d.objid, 0) || ' depends on ' || pg_describe_object(b.class, b.oid, 0)
FROM belongs b
JOIN pg_depend d ON d.refclassid = b.class AND d.refobjid = b.oid
JOIN own o ON o.class = d.classid AND o.oid = d.objid
WHERE b.to_class = 'pg_namespace'::regclass AND b.to_oid = $2
UNION ALL
SELECT r.oid::regprocedure || ' names it in its body' FROM routine r CROSS JOIN named n WHERE r.prosrc ~ n.body
UNION ALL
SELECT r.oid::regprocedure || ' has ' || c.setting
FROM routine r CROSS JOIN LATERAL unnest(r.proconfig) c (setting)
WHERE c.setting LIKE 'search_path=%'
  AND ', ' || substr(c.setting, 13) || ',' LIKE '%, ' || replace(replace(replace(quote_ident($3), '\', '\\'), '%', '\%'), '_', '\_') || ',%'
ORDER BY 1
LIMIT 10
