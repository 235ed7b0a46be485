SELECT 'text search', NULL::text, 'parser ' || p.prsname, false,
       ARRAY['start', p.prsstart::text, 'token', p.prstoken::text, 'end', p.prsend::text,
             'headline', CASE WHEN p.prsheadline <> 0 THEN p.prsheadline::text END, 'token types', p.prslextype::text,
             'comment', {comment; p.oid; pg_ts_parser; 0}]::text[]
FROM pg_ts_parser p
WHERE p.oid = ANY ($1)
