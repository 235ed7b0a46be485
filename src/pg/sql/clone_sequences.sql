-- Sequences; that of an identity comes with its column, so its comment and rights alone are told. `of` is the table that owns it.
SELECT 'sequence', c.tableoid, c.oid, 0::oid, 0, 'sequence ' || c.relname,
       CASE WHEN o.deptype IS DISTINCT FROM 'i' THEN
           'CREATE ' || CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED ' ELSE '' END || 'SEQUENCE $.' || quote_ident(c.relname)
           || ' AS ' || format_type(s.seqtypid, NULL) || {sequence; s} END,
       CASE WHEN o.deptype = 'a' THEN 'ALTER SEQUENCE $.' || quote_ident(c.relname) || ' OWNED BY $.' || o.label
            WHEN o.deptype = 'i' AND c.relpersistence <> o.relpersistence THEN
                'ALTER SEQUENCE $.' || quote_ident(c.relname) || CASE c.relpersistence WHEN 'u' THEN ' SET UNLOGGED' ELSE ' SET LOGGED' END
       END,
       'SEQUENCE $.' || quote_ident(c.relname),
       {comment; c.oid; pg_class; 0},
       CASE WHEN o.deptype IS NULL THEN pg_get_userbyid(c.relowner)::text END
FROM pg_class c
JOIN pg_sequence s ON s.seqrelid = c.oid
LEFT JOIN LATERAL (SELECT quote_ident(r.relname) || '.' || quote_ident(a.attname) AS label, d.deptype, r.relpersistence
                   FROM pg_depend d
                   JOIN pg_class r ON r.oid = d.refobjid
                   JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
                   WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
                     AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
                   LIMIT 1) o ON true
WHERE c.oid = ANY ($1) AND c.relkind = 'S'
