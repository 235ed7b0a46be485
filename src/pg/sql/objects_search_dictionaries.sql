SELECT 'text search', NULL::text, 'dictionary ' || d.dictname, false,
       ARRAY['template', (SELECT CASE WHEN pg_ts_template_is_visible(t.oid) THEN '' ELSE quote_ident(n.nspname) || '.' END || quote_ident(t.tmplname)
                          FROM pg_ts_template t JOIN pg_namespace n ON n.oid = t.tmplnamespace WHERE t.oid = d.dicttemplate),
             'options', d.dictinitoption,
             'comment', {comment; d.oid; pg_ts_dict; 0},
             'owner', pg_get_userbyid(d.dictowner)]::text[]
FROM pg_ts_dict d
WHERE d.oid = ANY ($1)
