-- The columns of a view are in its definition; what is said of them beside it is an attribute of the view.
SELECT CASE c.relkind WHEN 'm' THEN 'matview' ELSE 'view' END, NULL::text, c.relname::text, false,
       ARRAY['!definition', pg_get_viewdef(c.oid, true),
             'columns', (SELECT string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum)
                         FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
             'column defaults', (SELECT string_agg(quote_ident(a.attname) || ' ' || pg_get_expr(d.adbin, d.adrelid, true), E'\n'
                                                   ORDER BY a.attnum)
                                 FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
                                 WHERE d.adrelid = c.oid),
             'column comments', (SELECT string_agg(quote_ident(a.attname) || ': ' || q.description, E'\n' ORDER BY a.attnum)
                                 FROM pg_attribute a
                                 JOIN pg_description q ON q.objoid = a.attrelid AND q.objsubid = a.attnum
                                                      AND q.classoid = 'pg_class'::regclass
                                 WHERE a.attrelid = c.oid AND a.attnum > 0),
             'column statistics', (SELECT string_agg(quote_ident(a.attname) || ' ' || a.attstattarget, ', ' ORDER BY a.attnum)
                                   FROM pg_attribute a
                                   WHERE a.attrelid = c.oid AND a.attnum > 0 AND a.attstattarget >= 0 AND c.relkind = 'm'),
             'options', {options; c.reloptions},
             'populated', CASE WHEN NOT c.relispopulated THEN 'no' END,
             'access method', (SELECT m.amname::text FROM pg_am m WHERE m.oid = c.relam AND m.amname <> 'heap'),
             'comment', {comment; c.oid; pg_class; 0},
             'owner', pg_get_userbyid(c.relowner),
             'grants', {grants; c.relacl; 'r'; c.relowner}]::text[]
FROM pg_class c
WHERE c.oid = ANY ($1) AND c.relkind IN ('v', 'm')
