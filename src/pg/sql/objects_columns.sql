-- The place of a column is its rank among the live columns; its number is told here, and the reader counts. From 18 on NOT NULL is
-- a constraint with a name; it is told of the column here, on every major the same. A schema has a thousand columns: what few of
-- them have is looked at only where there is some, and they are found by their tables, OFFSET 0 keeps it so. LIMIT 1 keeps the
-- planner from reading the comments of the whole database at once.
SELECT 'column', c.relname::text, a.attname::text, false,
       ARRAY['position', a.attnum::text,
             'type', format_type(a.atttypid, a.atttypmod),
             'not null', {since; 18; CASE WHEN a.attnotnull THEN
                                     coalesce((SELECT 'yes' || CASE WHEN k.convalidated THEN '' ELSE ', not valid' END
                                                            || CASE WHEN k.connoinherit THEN ', no inherit' ELSE '' END
                                               FROM pg_constraint k
                                               WHERE k.conrelid = a.attrelid AND k.contype = 'n'
                                                 AND k.conkey = ARRAY[a.attnum]), 'yes') END
                              ; CASE WHEN a.attnotnull THEN 'yes' END},
             '!default', CASE WHEN NOT a.atthasdef OR a.attgenerated <> '' THEN ''
                              ELSE (SELECT pg_get_expr(d.adbin, d.adrelid, true)
                                    FROM pg_attrdef d WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum) END,
             'comment', CASE WHEN c.has_comments THEN {comment; a.attrelid; pg_class; a.attnum} END]::text[]
       || CASE WHEN a.attcollation <> y.typcollation OR a.attgenerated <> '' OR a.attidentity <> '' OR a.attstorage <> y.typstorage
                    OR {since; 14; a.attcompression <> ''; false} OR a.attstattarget >= 0 OR a.attoptions IS NOT NULL
                    OR a.attfdwoptions IS NOT NULL OR NOT a.attislocal OR a.attinhcount > 0 OR a.attacl IS NOT NULL THEN
       ARRAY['collation', CASE WHEN a.attcollation <> y.typcollation THEN a.attcollation::regcollation::text END,
             '!generated', CASE WHEN a.attgenerated = '' THEN ''
                                ELSE (SELECT pg_get_expr(d.adbin, d.adrelid, true)
                                      FROM pg_attrdef d WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum)
                                     || CASE a.attgenerated WHEN 's' THEN ' stored' ELSE ' virtual' END END,
             'identity', CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END,
             'storage', CASE WHEN a.attstorage <> y.typstorage THEN
                            CASE a.attstorage WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'm' THEN 'main' ELSE 'extended' END
                        END,
             'compression', {since; 14; CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END; NULL},
             'statistics', CASE WHEN a.attstattarget >= 0 THEN a.attstattarget::text END,
             'options', {options; a.attoptions},
             'foreign options', {options; a.attfdwoptions},
             'inherited', CASE WHEN NOT a.attislocal THEN 'yes' WHEN a.attinhcount > 0 THEN 'yes, and its own' END,
             'grants', {grants; a.attacl; 'c'; c.relowner}]::text[] END
FROM (SELECT t.oid, t.relname, t.relowner,
             (SELECT true FROM pg_description q WHERE q.objoid = t.oid AND q.classoid = 'pg_class'::regclass LIMIT 1) AS has_comments
      FROM pg_class t
      WHERE t.oid = ANY ($1)
      OFFSET 0) c
CROSS JOIN LATERAL (SELECT l.tableoid, l.* FROM pg_attribute l WHERE l.attrelid = c.oid AND l.attnum > 0 OFFSET 0) a
JOIN pg_type y ON y.oid = a.atttypid
WHERE NOT a.attisdropped
