-- What stands in one schema by itself, found by the index of pg_depend; without what an extension brought,
-- and without the functions that came with a range.
SELECT d.classid::regclass::text, array_agg(d.objid ORDER BY d.objid)
FROM pg_depend d
WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = $1 AND d.deptype = 'n' AND d.objsubid = 0
  AND NOT EXISTS (SELECT FROM pg_depend e
                  WHERE e.classid = d.classid AND e.objid = d.objid AND e.objsubid = 0
                    AND (e.deptype = 'e' OR e.deptype = 'i' AND e.classid = 'pg_proc'::regclass))
GROUP BY d.classid
ORDER BY 1
