SELECT 'collation', c.tableoid, c.oid, 0::oid, 0, 'collation ' || c.collname,
       'CREATE COLLATION $.' || quote_ident(c.collname) || ' ('
       || concat_ws(', ', 'PROVIDER = ' || CASE c.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END,
              CASE WHEN c.collprovider = 'c' THEN
                  'LC_COLLATE = ' || quote_literal(c.collcollate) || ', LC_CTYPE = ' || quote_literal(c.collctype)
              ELSE 'LOCALE = ' || quote_literal({since; 17; coalesce(c.colllocale, c.collcollate);
                                                 {since; 15; coalesce(c.colliculocale, c.collcollate); c.collcollate}}) END,
              CASE WHEN NOT c.collisdeterministic THEN 'DETERMINISTIC = false' END,
              {since; 16; 'RULES = ' || quote_literal(c.collicurules); NULL}) || ')',
       NULL::text, 'COLLATION $.' || quote_ident(c.collname), {comment; c.oid; pg_collation; 0}, pg_get_userbyid(c.collowner)::text
FROM pg_collation c
WHERE c.oid = ANY ($1)
