SELECT 'search dictionary', d.tableoid, d.oid, 0::oid, 0, 'text search dictionary ' || d.dictname,
       'CREATE TEXT SEARCH DICTIONARY $.' || quote_ident(d.dictname) || ' (TEMPLATE = '
       || (SELECT CASE WHEN t.tmplnamespace = d.dictnamespace THEN '$' ELSE quote_ident(n.nspname) END || '.' || quote_ident(t.tmplname)
           FROM pg_ts_template t JOIN pg_namespace n ON n.oid = t.tmplnamespace WHERE t.oid = d.dicttemplate)
       || coalesce(', ' || nullif(d.dictinitoption, ''), '') || ')',
       NULL::text, 'TEXT SEARCH DICTIONARY $.' || quote_ident(d.dictname), {comment; d.oid; pg_ts_dict; 0}, pg_get_userbyid(d.dictowner)::text
FROM pg_ts_dict d
WHERE d.oid = ANY ($1)
