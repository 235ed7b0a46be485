-- Casts stand in no schema: those that have something of this one. $1 are its types, and those of its tables.
SELECT 'cast', c.tableoid, c.oid, 0::oid, 0, 'cast of ' || format_type(c.castsource, NULL) || ' as ' || format_type(c.casttarget, NULL),
       'CREATE ' || x.name || CASE c.castmethod WHEN 'b' THEN ' WITHOUT FUNCTION' WHEN 'i' THEN ' WITH INOUT'
                                                ELSE ' WITH FUNCTION ' || c.castfunc::regprocedure END
       || CASE c.castcontext WHEN 'a' THEN ' AS ASSIGNMENT' WHEN 'i' THEN ' AS IMPLICIT' ELSE '' END,
       NULL::text, x.name, {comment; c.oid; pg_cast; 0}, NULL::text
FROM (SELECT DISTINCT d.objid
      FROM pg_depend d
      WHERE d.classid = 'pg_cast'::regclass AND d.refclassid = 'pg_type'::regclass AND d.refobjid = ANY ($1)
        AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = d.classid AND e.objid = d.objid AND e.deptype IN ('e', 'i'))) d
JOIN pg_cast c ON c.oid = d.objid
CROSS JOIN LATERAL (SELECT 'CAST (' || format_type(c.castsource, NULL) || ' AS ' || format_type(c.casttarget, NULL) || ')' AS name) x
