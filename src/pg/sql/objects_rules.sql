SELECT 'rule', c.relname::text, r.rulename::text, false,
       ARRAY['!definition', pg_get_ruledef(r.oid, true),
             'enabled', CASE r.ev_enabled WHEN 'D' THEN 'no' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' END,
             'comment', {comment; r.oid; pg_rewrite; 0}]::text[]
FROM pg_rewrite r
JOIN pg_class c ON c.oid = r.ev_class
WHERE r.ev_class = ANY ($1) AND r.rulename <> '_RETURN'
