SELECT CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'c' THEN 'composite' ELSE 'range' END,
       NULL::text, t.typname::text, false,
       ARRAY['labels', (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid),
             'attributes', CASE t.typtype WHEN 'c' THEN
                               coalesce((SELECT string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
                                                           || CASE WHEN a.attcollation <> y.typcollation
                                                                   THEN ' COLLATE ' || a.attcollation::regcollation ELSE '' END,
                                                           ', ' ORDER BY a.attnum)
                                         FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
                                         WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped), 'none') END,
             'column comments', CASE t.typtype WHEN 'c' THEN
                                    (SELECT string_agg(quote_ident(a.attname) || ': ' || q.description, E'\n' ORDER BY a.attnum)
                                     FROM pg_attribute a
                                     JOIN pg_description q ON q.objoid = a.attrelid AND q.objsubid = a.attnum
                                                          AND q.classoid = 'pg_class'::regclass
                                     WHERE a.attrelid = t.typrelid AND a.attnum > 0) END,
             'type', CASE t.typtype WHEN 'd' THEN format_type(t.typbasetype, t.typtypmod) WHEN 'r' THEN format_type(r.rngsubtype, NULL) END,
             'not null', CASE WHEN t.typtype = 'd' AND t.typnotnull THEN 'yes' END,
             '!default', CASE WHEN t.typtype <> 'd' OR t.typdefaultbin IS NULL THEN '' ELSE pg_get_expr(t.typdefaultbin, 0, true) END,
             'collation', CASE t.typtype WHEN 'd' THEN
                              (SELECT t.typcollation::regcollation::text FROM pg_type b
                               WHERE b.oid = t.typbasetype AND b.typcollation <> t.typcollation)
                          WHEN 'r' THEN
                              (SELECT r.rngcollation::regcollation::text FROM pg_type b
                               WHERE b.oid = r.rngsubtype AND b.typcollation <> r.rngcollation) END,
             'operator class', (SELECT CASE WHEN pg_opclass_is_visible(o.oid) THEN '' ELSE quote_ident(n.nspname) || '.' END
                                       || quote_ident(o.opcname)
                                FROM pg_opclass o JOIN pg_namespace n ON n.oid = o.opcnamespace
                                WHERE o.oid = r.rngsubopc AND NOT o.opcdefault),
             'canonical function', CASE WHEN r.rngcanonical <> 0 THEN r.rngcanonical::text END,
             'difference function', CASE WHEN r.rngsubdiff <> 0 THEN r.rngsubdiff::text END,
             -- Before 14 there was none; from then on one is made with this name unless another is given.
             'multirange', {since; 14; (SELECT m.typname::text FROM pg_type m
                                        WHERE m.oid = r.rngmultitypid
                                          AND m.typname <> CASE WHEN t.typname LIKE '%range%'
                                                                THEN regexp_replace(t.typname, 'range', 'multirange')
                                                                ELSE t.typname || '_multirange' END); NULL},
             'comment', {comment; t.oid; pg_type; 0},
             'owner', pg_get_userbyid(t.typowner),
             'grants', {grants; t.typacl; 'T'; t.typowner}]::text[]
FROM pg_type t
LEFT JOIN pg_range r ON r.rngtypid = t.oid
WHERE t.oid = ANY ($1) AND t.typtype IN ('e', 'd', 'c', 'r')
