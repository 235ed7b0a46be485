-- What stands in one schema by itself, found by the index of pg_depend; without what an extension brought,
-- and without the functions that came with a range. Of what is asked for in different ways the kinds are told apart here, so that
-- each question is about as few rows as possible.
SELECT k.kind, array_agg(k.objid ORDER BY k.objid)
FROM (SELECT d.objid,
             CASE d.classid
                 WHEN 'pg_class'::regclass THEN
                     coalesce((SELECT CASE WHEN c.relkind IN ('r', 'p', 'f') THEN 'tables' WHEN c.relkind IN ('v', 'm') THEN 'views'
                                           WHEN c.relkind = 'S' THEN 'sequences' ELSE 'relations' END
                               FROM pg_class c WHERE c.oid = d.objid), 'gone')
                 WHEN 'pg_proc'::regclass THEN
                     coalesce((SELECT CASE p.prokind WHEN 'a' THEN 'aggregates' ELSE 'functions' END
                               FROM pg_proc p WHERE p.oid = d.objid), 'gone')
                 WHEN 'pg_type'::regclass THEN
                     coalesce((SELECT CASE t.typtype WHEN 'd' THEN 'domains' ELSE 'types' END
                               FROM pg_type t WHERE t.oid = d.objid), 'gone')
                 ELSE d.classid::regclass::text END AS kind
      FROM pg_depend d
      WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = $1 AND d.deptype = 'n' AND d.objsubid = 0
        AND NOT EXISTS (SELECT FROM pg_depend e
                        WHERE e.classid = d.classid AND e.objid = d.objid AND e.objsubid = 0
                          AND (e.deptype = 'e' OR e.deptype = 'i' AND e.classid = 'pg_proc'::regclass))) k
GROUP BY k.kind
ORDER BY 1
