-- What stands between the parentheses for each column, without its default. What a child has by INHERITS alone is not told.
SELECT 'column', c.tableoid, c.oid, c.oid, a.attnum::int, 'column ' || c.relname || '.' || a.attname,
       CASE WHEN c.is_natural AND NOT a.attislocal THEN NULL ELSE
       concat(quote_ident(a.attname), ' ', format_type(a.atttypid, a.atttypmod),
              {since; 14; CASE a.attcompression WHEN 'p' THEN ' COMPRESSION pglz' WHEN 'l' THEN ' COMPRESSION lz4' END; NULL},
              ' OPTIONS (' || {foreign options; a.attfdwoptions} || ')',
              CASE WHEN a.attcollation <> y.typcollation THEN ' COLLATE ' || a.attcollation::regcollation END,
              CASE WHEN a.attgenerated <> '' THEN
                  (SELECT ' GENERATED ALWAYS AS (' || pg_get_expr(d.adbin, d.adrelid) || ')'
                          || CASE a.attgenerated WHEN 's' THEN ' STORED' ELSE ' VIRTUAL' END
                   FROM pg_attrdef d WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum) END,
              CASE WHEN a.attidentity <> '' THEN
                  (SELECT ' GENERATED ' || CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END
                          || ' AS IDENTITY (SEQUENCE NAME $.' || quote_ident(n.relname) || {sequence; s} || ')'
                   FROM pg_depend d
                   JOIN pg_class n ON n.oid = d.objid
                   JOIN pg_sequence s ON s.seqrelid = n.oid
                   WHERE d.refclassid = c.tableoid AND d.refobjid = c.oid AND d.refobjsubid = a.attnum
                     AND d.classid = c.tableoid AND d.deptype = 'i') END,
              {since; 18; CASE WHEN a.attnotnull THEN
                              (SELECT ' CONSTRAINT ' || quote_ident(k.conname) || ' NOT NULL'
                                      || CASE WHEN k.connoinherit THEN ' NO INHERIT' ELSE '' END
                               FROM pg_constraint k
                               WHERE k.conrelid = a.attrelid AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum] AND k.convalidated) END
                       ; CASE WHEN a.attnotnull THEN ' NOT NULL' END}) END,
       NULL::text,
       'COLUMN $.' || quote_ident(c.relname) || '.' || quote_ident(a.attname),
       CASE WHEN c.has_comments THEN {comment; a.attrelid; pg_class; a.attnum} END,
       NULL::text
FROM (SELECT t.tableoid, t.oid, t.relname, EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = t.oid) AND {natural; t} AS is_natural,
             (SELECT true FROM pg_description q WHERE q.objoid = t.oid AND q.classoid = 'pg_class'::regclass LIMIT 1) AS has_comments
      FROM pg_class t WHERE t.oid = ANY ($1) OFFSET 0) c
CROSS JOIN LATERAL (SELECT l.tableoid, l.* FROM pg_attribute l WHERE l.attrelid = c.oid AND l.attnum > 0 OFFSET 0) a
JOIN pg_type y ON y.oid = a.atttypid
WHERE NOT a.attisdropped
