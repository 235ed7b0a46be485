-- Who needs whom, of all that stands in the schema and of all that belongs to it: columns are told as their table.
WITH RECURSIVE own (class, oid) AS (
    SELECT d.classid, d.objid FROM pg_depend d WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = $1 AND d.deptype = 'n'
    UNION
    SELECT d.classid, d.objid FROM own o JOIN pg_depend d ON d.refclassid = o.class AND d.refobjid = o.oid
    WHERE d.deptype IN ('i', 'a', 'P', 'S'))
SELECT DISTINCT d.classid, d.objid, d.refclassid, d.refobjid, d.deptype = 'i', d.deptype IN ('a', 'P', 'S')
FROM own o
JOIN pg_depend d ON d.classid = o.class AND d.objid = o.oid
WHERE d.refclassid <> 'pg_namespace'::regclass AND d.deptype <> 'e' AND (d.classid <> d.refclassid OR d.objid <> d.refobjid)
