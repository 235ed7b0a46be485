SELECT 'collation', NULL::text, c.collname::text, false,
       ARRAY['provider', CASE c.collprovider WHEN 'i' THEN 'icu' WHEN 'c' THEN 'libc' WHEN 'b' THEN 'builtin' END,
             'locale', {since; 17; coalesce(c.colllocale, c.collcollate);
                        {since; 15; coalesce(c.colliculocale, c.collcollate); c.collcollate}}::text,
             'ctype', CASE WHEN c.collctype::text <> c.collcollate::text THEN c.collctype::text END,
             'rules', {since; 16; c.collicurules; NULL},
             'deterministic', CASE WHEN NOT c.collisdeterministic THEN 'no' END,
             'comment', {comment; c.oid; pg_collation; 0},
             'owner', pg_get_userbyid(c.collowner)]::text[]
FROM pg_collation c
WHERE c.oid = ANY ($1)
