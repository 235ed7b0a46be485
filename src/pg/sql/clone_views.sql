-- A view may need what needs the view: `extra` is one with the same columns and nothing behind them.
SELECT CASE c.relkind WHEN 'm' THEN 'matview' ELSE 'view' END, c.tableoid, c.oid, 0::oid, CASE WHEN c.relispopulated THEN 1 ELSE 0 END,
       CASE c.relkind WHEN 'm' THEN 'matview ' ELSE 'view ' END || c.relname,
       concat(CASE c.relkind WHEN 'm' THEN 'CREATE MATERIALIZED VIEW $.' ELSE 'CREATE OR REPLACE VIEW $.' END, quote_ident(c.relname),
              (SELECT ' USING ' || quote_ident(m.amname) FROM pg_am m WHERE m.oid = c.relam AND m.amname <> 'heap'),
              ' WITH (' || {with; c.reloptions; } || ')',
              (SELECT ' TABLESPACE ' || quote_ident(s.spcname) FROM pg_tablespace s WHERE s.oid = c.reltablespace),
              ' AS', E'\n', rtrim(pg_get_viewdef(c.oid), ';'), CASE c.relkind WHEN 'm' THEN E'\nWITH NO DATA' END),
       CASE c.relkind WHEN 'v' THEN
           'CREATE OR REPLACE VIEW $.' || quote_ident(c.relname) || ' AS SELECT '
           || (SELECT string_agg('NULL::' || format_type(a.atttypid, a.atttypmod)
                                 || CASE WHEN a.attcollation <> y.typcollation THEN ' COLLATE ' || a.attcollation::regcollation ELSE '' END
                                 || ' AS ' || quote_ident(a.attname), ', ' ORDER BY a.attnum)
               FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
               WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) END,
       CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW $.' ELSE 'VIEW $.' END || quote_ident(c.relname),
       {comment; c.oid; pg_class; 0},
       pg_get_userbyid(c.relowner)::text
FROM pg_class c
WHERE c.oid = ANY ($1) AND c.relkind IN ('v', 'm')
UNION ALL
SELECT 'comment', c.tableoid, c.oid, 0::oid, a.attnum::int, 'column ' || c.relname || '.' || a.attname, NULL, NULL,
       'COLUMN $.' || quote_ident(c.relname) || '.' || quote_ident(a.attname), q.description, NULL
FROM pg_class c
JOIN pg_description q ON q.objoid = c.oid AND q.objsubid > 0 AND q.classoid = 'pg_class'::regclass
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = q.objsubid
WHERE c.oid = ANY ($1) AND c.relkind IN ('v', 'm')
