-- The parameters that functions of a schema ($1) set for themselves.
SELECT DISTINCT split_part(s.setting, '=', 1), p.oid::regprocedure::text
FROM pg_proc p CROSS JOIN LATERAL unnest(p.proconfig) s (setting)
WHERE p.pronamespace = $1
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e')
ORDER BY 1, 2
