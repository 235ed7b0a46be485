SELECT 'search template', t.tableoid, t.oid, 0::oid, 0, 'text search template ' || t.tmplname,
       'CREATE TEXT SEARCH TEMPLATE $.' || quote_ident(t.tmplname) || ' ('
       || CASE WHEN t.tmplinit <> 0 THEN 'INIT = ' || t.tmplinit || ', ' ELSE '' END || 'LEXIZE = ' || t.tmpllexize || ')',
       NULL::text, 'TEXT SEARCH TEMPLATE $.' || quote_ident(t.tmplname), {comment; t.oid; pg_ts_template; 0}, NULL::text
FROM pg_ts_template t
WHERE t.oid = ANY ($1)
