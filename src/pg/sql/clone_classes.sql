SELECT 'operator class', c.tableoid, c.oid, 0::oid, 0, 'operator class ' || c.opcname,
       'CREATE OPERATOR CLASS $.' || quote_ident(c.opcname) || CASE WHEN c.opcdefault THEN ' DEFAULT' ELSE '' END || ' FOR TYPE '
       || format_type(c.opcintype, NULL) || ' USING ' || quote_ident(m.amname) || ' FAMILY '
       || CASE WHEN f.opfnamespace = c.opcnamespace THEN '$' ELSE quote_ident(n.nspname) END || '.' || quote_ident(f.opfname) || ' AS '
       || concat_ws(', ', 'STORAGE ' || format_type(CASE WHEN c.opckeytype <> 0 THEN c.opckeytype ELSE c.opcintype END, NULL),
              (SELECT string_agg(x.item, ', ' ORDER BY x.item)
               FROM (SELECT 'OPERATOR ' || a.amopstrategy || ' ' || {operator; a.amopopr; c.opcnamespace}
                            || coalesce((SELECT ' FOR ORDER BY ' || CASE WHEN s.opfnamespace = c.opcnamespace THEN '$' ELSE quote_ident(sn.nspname) END
                                                || '.' || quote_ident(s.opfname)
                                         FROM pg_opfamily s JOIN pg_namespace sn ON sn.oid = s.opfnamespace WHERE s.oid = a.amopsortfamily), '') AS item
                     FROM pg_depend d JOIN pg_amop a ON a.oid = d.objid
                     WHERE d.refclassid = c.tableoid AND d.refobjid = c.oid AND d.classid = 'pg_amop'::regclass
                     UNION ALL
                     SELECT 'FUNCTION ' || a.amprocnum || ' (' || format_type(a.amproclefttype, NULL) || ', ' || format_type(a.amprocrighttype, NULL) || ') '
                            || a.amproc::regprocedure
                     FROM pg_depend d JOIN pg_amproc a ON a.oid = d.objid
                     WHERE d.refclassid = c.tableoid AND d.refobjid = c.oid AND d.classid = 'pg_amproc'::regclass) x)),
       NULL::text,
       'OPERATOR CLASS $.' || quote_ident(c.opcname) || ' USING ' || quote_ident(m.amname),
       {comment; c.oid; pg_opclass; 0},
       pg_get_userbyid(c.opcowner)::text
FROM pg_opclass c
JOIN pg_am m ON m.oid = c.opcmethod
JOIN pg_opfamily f ON f.oid = c.opcfamily
JOIN pg_namespace n ON n.oid = f.opfnamespace
WHERE c.oid = ANY ($1)
