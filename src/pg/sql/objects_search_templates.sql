SELECT 'text search', NULL::text, 'template ' || t.tmplname, false,
       ARRAY['init', CASE WHEN t.tmplinit <> 0 THEN t.tmplinit::text END, 'lexize', t.tmpllexize::text,
             'comment', {comment; t.oid; pg_ts_template; 0}]::text[]
FROM pg_ts_template t
WHERE t.oid = ANY ($1)
