SELECT 'rule', r.tableoid, r.oid, c.oid, 0, 'rule ' || r.rulename || ' on ' || c.relname, rtrim(pg_get_ruledef(r.oid, true), ';'),
       CASE WHEN r.ev_enabled <> 'O' THEN
           'ALTER TABLE $.' || quote_ident(c.relname) || CASE r.ev_enabled WHEN 'D' THEN ' DISABLE' WHEN 'R' THEN ' ENABLE REPLICA' ELSE ' ENABLE ALWAYS' END
           || ' RULE ' || quote_ident(r.rulename) END,
       'RULE ' || quote_ident(r.rulename) || ' ON $.' || quote_ident(c.relname), {comment; r.oid; pg_rewrite; 0}, NULL::text
FROM pg_rewrite r
JOIN pg_class c ON c.oid = r.ev_class
WHERE r.ev_class = ANY ($1) AND r.rulename <> '_RETURN'
