SELECT 'policy', c.relname::text, p.polname::text, false,
       ARRAY['command', CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update' WHEN 'd' THEN 'delete' END,
             'restrictive', CASE WHEN NOT p.polpermissive THEN 'yes' END,
             'roles', (SELECT string_agg(pg_get_userbyid(r), E'\n' ORDER BY pg_get_userbyid(r)) FROM unnest(p.polroles) r WHERE r <> 0),
             '!using', CASE WHEN p.polqual IS NULL THEN '' ELSE pg_get_expr(p.polqual, p.polrelid, true) END,
             '!check', CASE WHEN p.polwithcheck IS NULL THEN '' ELSE pg_get_expr(p.polwithcheck, p.polrelid, true) END,
             'comment', {comment; p.oid; pg_policy; 0}]::text[]
FROM pg_policy p
JOIN pg_class c ON c.oid = p.polrelid
WHERE p.polrelid = ANY ($1)
