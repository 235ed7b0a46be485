-- What of a clone still hangs on its source. $1 is the clone, $2 the source in the same database (0: it is in another one), $3 its name.
WITH RECURSIVE own (class, oid) AS (
    SELECT d.classid, d.objid FROM pg_depend d WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = $1 AND d.deptype = 'n'
    UNION
    SELECT d.classid, d.objid FROM own o JOIN pg_depend d ON d.refclassid = o.class AND d.refobjid = o.oid
    WHERE d.deptype IN ('i', 'a', 'P', 'S')),
source (class, oid) AS (
    SELECT d.classid, d.objid FROM pg_depend d WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = $2 AND d.deptype = 'n'
    UNION
    SELECT d.classid, d.objid FROM source s JOIN pg_depend d ON d.refclassid = s.class AND d.refobjid = s.oid
    WHERE d.deptype IN ('i', 'a', 'P', 'S'))
SELECT DISTINCT pg_describe_object(d.classid, d.objid, d.objsubid) || ' depends on ' || pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid)
FROM own o
JOIN pg_depend d ON d.classid = o.class AND d.objid = o.oid
JOIN source s ON s.class = d.refclassid AND s.oid = d.refobjid
UNION ALL
SELECT p.oid::regprocedure || ' names the source in its body'
FROM own o
JOIN pg_proc p ON p.oid = o.oid
CROSS JOIN (SELECT '(^|[^[:alnum:]_$.@])(' || regexp_replace($3, '([^[:alnum:]_])', '\\\1', 'g') || '|"'
                   || regexp_replace(replace($3, '"', '""'), '([^[:alnum:]_])', '\\\1', 'g') || '")\.["[:alpha:]_]' AS name) w
WHERE o.class = 'pg_proc'::regclass AND p.prosrc ~ w.name
UNION ALL
SELECT p.oid::regprocedure || ' has ' || c.setting
FROM own o
JOIN pg_proc p ON p.oid = o.oid
CROSS JOIN LATERAL unnest(p.proconfig) c (setting)
WHERE o.class = 'pg_proc'::regclass AND c.setting LIKE 'search_path=%'
  AND ', ' || substr(c.setting, 13) || ',' LIKE '%, ' || replace(replace(replace(quote_ident($3), '\', '\\'), '%', '\%'), '_', '\_') || ',%'
