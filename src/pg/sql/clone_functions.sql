-- The server writes the whole statement; the name before the arguments is ours. A body in standard SQL may need what needs the function:
-- `extra` is then the function without it. `place` is 1 for one that calls itself.
SELECT 'function', p.tableoid, p.oid, 0::oid,
       CASE WHEN EXISTS (SELECT FROM pg_depend d WHERE d.classid = p.tableoid AND d.objid = p.oid AND d.refclassid = p.tableoid AND d.refobjid = p.oid)
            THEN 1 ELSE 0 END, k.word || ' ' || p.oid::regprocedure,
       'CREATE OR REPLACE ' || upper(k.word) || ' $.' || quote_ident(p.proname) || f.tail,
       {since; 14; CASE WHEN p.prosqlbody IS NOT NULL THEN
                       'CREATE OR REPLACE ' || upper(k.word) || ' $.' || quote_ident(p.proname)
                       || left(f.tail, length(f.tail) - length(pg_get_function_sqlbody(p.oid))) || 'AS ''''' END; NULL::text},
       'ROUTINE $.' || quote_ident(p.proname) || '(' || oidvectortypes(p.proargtypes) || ')',
       {comment; p.oid; pg_proc; 0},
       pg_get_userbyid(p.proowner)::text
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
CROSS JOIN LATERAL (SELECT CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END AS word) k
CROSS JOIN LATERAL (SELECT rtrim(substr(pg_get_functiondef(p.oid), length('CREATE OR REPLACE ' || k.word || ' ' || quote_ident(n.nspname)
                                                                         || '.' || quote_ident(p.proname)) + 1), E'\n') AS tail) f
WHERE p.oid = ANY ($1) AND p.prokind <> 'a'
