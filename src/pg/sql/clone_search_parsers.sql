SELECT 'search parser', p.tableoid, p.oid, 0::oid, 0, 'text search parser ' || p.prsname,
       'CREATE TEXT SEARCH PARSER $.' || quote_ident(p.prsname) || ' (START = ' || p.prsstart || ', GETTOKEN = ' || p.prstoken || ', END = ' || p.prsend
       || CASE WHEN p.prsheadline <> 0 THEN ', HEADLINE = ' || p.prsheadline ELSE '' END || ', LEXTYPES = ' || p.prslextype || ')',
       NULL::text, 'TEXT SEARCH PARSER $.' || quote_ident(p.prsname), {comment; p.oid; pg_ts_parser; 0}, NULL::text
FROM pg_ts_parser p
WHERE p.oid = ANY ($1)
