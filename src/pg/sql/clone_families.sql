SELECT 'operator family', f.tableoid, f.oid, 0::oid, 0, 'operator family ' || f.opfname,
       'CREATE OPERATOR FAMILY $.' || quote_ident(f.opfname) || ' USING ' || quote_ident(m.amname),
       (SELECT 'ALTER OPERATOR FAMILY $.' || quote_ident(f.opfname) || ' USING ' || quote_ident(m.amname) || ' ADD ' || string_agg(x.item, ', ' ORDER BY x.item)
        FROM (SELECT 'OPERATOR ' || a.amopstrategy || ' ' || {operator; a.amopopr; f.opfnamespace}
                     || coalesce((SELECT ' FOR ORDER BY ' || CASE WHEN s.opfnamespace = f.opfnamespace THEN '$' ELSE quote_ident(n.nspname) END
                                         || '.' || quote_ident(s.opfname)
                                  FROM pg_opfamily s JOIN pg_namespace n ON n.oid = s.opfnamespace WHERE s.oid = a.amopsortfamily), '') AS item
              FROM pg_depend d JOIN pg_amop a ON a.oid = d.objid
              WHERE d.refclassid = f.tableoid AND d.refobjid = f.oid AND d.classid = 'pg_amop'::regclass AND a.amopfamily = f.oid
              UNION ALL
              SELECT 'FUNCTION ' || a.amprocnum || ' (' || format_type(a.amproclefttype, NULL) || ', ' || format_type(a.amprocrighttype, NULL) || ') '
                     || a.amproc::regprocedure
              FROM pg_depend d JOIN pg_amproc a ON a.oid = d.objid
              WHERE d.refclassid = f.tableoid AND d.refobjid = f.oid AND d.classid = 'pg_amproc'::regclass AND a.amprocfamily = f.oid) x),
       'OPERATOR FAMILY $.' || quote_ident(f.opfname) || ' USING ' || quote_ident(m.amname),
       {comment; f.oid; pg_opfamily; 0},
       pg_get_userbyid(f.opfowner)::text
FROM pg_opfamily f
JOIN pg_am m ON m.oid = f.opfmethod
WHERE f.oid = ANY ($1)
