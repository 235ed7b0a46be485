SELECT 'policy', p.tableoid, p.oid, c.oid, 0, 'policy ' || p.polname || ' on ' || c.relname,
       concat('CREATE POLICY ', quote_ident(p.polname), ' ON $.', quote_ident(c.relname), CASE WHEN NOT p.polpermissive THEN ' AS RESTRICTIVE' END,
              CASE p.polcmd WHEN 'r' THEN ' FOR SELECT' WHEN 'a' THEN ' FOR INSERT' WHEN 'w' THEN ' FOR UPDATE' WHEN 'd' THEN ' FOR DELETE' END,
              ' TO ' || (SELECT string_agg(CASE r WHEN 0 THEN 'PUBLIC' WHEN n.nspowner THEN '$owner' ELSE quote_ident(pg_get_userbyid(r)) END, ', ')
                         FROM unnest(p.polroles) r),
              ' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')',
              ' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')'),
       NULL::text, 'POLICY ' || quote_ident(p.polname) || ' ON $.' || quote_ident(c.relname), {comment; p.oid; pg_policy; 0}, NULL::text
FROM pg_policy p
JOIN pg_class c ON c.oid = p.polrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE p.polrelid = ANY ($1)
