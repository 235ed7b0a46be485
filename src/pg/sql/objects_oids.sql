-- Everything that stands in one schema by itself, only to be compared with what stood there before.
SELECT coalesce(array_agg(d.objid ORDER BY d.classid, d.objid), '{}')
FROM pg_depend d
WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = $1 AND d.deptype = 'n' AND d.objsubid = 0
