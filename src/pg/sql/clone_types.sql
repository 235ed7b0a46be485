SELECT CASE t.typtype WHEN 'e' THEN 'enum' ELSE 'type' END, t.tableoid, t.oid, 0::oid, 0, 'type ' || t.typname,
       CASE t.typtype
           WHEN 'e' THEN 'CREATE TYPE $.' || quote_ident(t.typname) || ' AS ENUM ('
                         || coalesce((SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
                                      FROM pg_enum e WHERE e.enumtypid = t.oid), '') || ')'
           WHEN 'c' THEN 'CREATE TYPE $.' || quote_ident(t.typname) || ' AS ('
                         || coalesce((SELECT string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
                                                        || CASE WHEN a.attcollation <> y.typcollation
                                                                THEN ' COLLATE ' || a.attcollation::regcollation ELSE '' END,
                                                        ', ' ORDER BY a.attnum)
                                      FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
                                      WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped), '') || ')'
           WHEN 'd' THEN concat('CREATE DOMAIN $.', quote_ident(t.typname), ' AS ', format_type(t.typbasetype, t.typtypmod),
                                (SELECT ' COLLATE ' || t.typcollation::regcollation FROM pg_type b
                                 WHERE b.oid = t.typbasetype AND b.typcollation <> t.typcollation),
                                ' DEFAULT ' || pg_get_expr(t.typdefaultbin, 0),
                                CASE WHEN t.typnotnull THEN
                                    {since; 17; coalesce((SELECT ' CONSTRAINT ' || quote_ident(k.conname) FROM pg_constraint k
                                                          WHERE k.contypid = t.oid AND k.contype = 'n'), ''); ''} || ' NOT NULL' END)
           ELSE concat('CREATE TYPE $.', quote_ident(t.typname), ' AS RANGE (SUBTYPE = ', format_type(r.rngsubtype, NULL),
                       (SELECT ', SUBTYPE_OPCLASS = ' || CASE WHEN pg_opclass_is_visible(o.oid) THEN '' ELSE quote_ident(n.nspname) || '.' END
                               || quote_ident(o.opcname)
                        FROM pg_opclass o JOIN pg_namespace n ON n.oid = o.opcnamespace WHERE o.oid = r.rngsubopc AND NOT o.opcdefault),
                       (SELECT ', COLLATION = ' || r.rngcollation::regcollation FROM pg_type b
                        WHERE b.oid = r.rngsubtype AND b.typcollation <> r.rngcollation),
                       CASE WHEN r.rngcanonical <> 0 THEN ', CANONICAL = ' || r.rngcanonical END,
                       CASE WHEN r.rngsubdiff <> 0 THEN ', SUBTYPE_DIFF = ' || r.rngsubdiff END,
                       {since; 14; (SELECT ', MULTIRANGE_TYPE_NAME = $.' || quote_ident(m.typname) FROM pg_type m WHERE m.oid = r.rngmultitypid)
                                 ; NULL}, ')') END,
       NULL::text,
       CASE t.typtype WHEN 'd' THEN 'DOMAIN $.' ELSE 'TYPE $.' END || quote_ident(t.typname),
       {comment; t.oid; pg_type; 0},
       pg_get_userbyid(t.typowner)::text
FROM pg_type t
LEFT JOIN pg_range r ON r.rngtypid = t.oid
WHERE t.oid = ANY ($1) AND t.typtype IN ('e', 'd', 'c', 'r')
UNION ALL
SELECT 'comment', 'pg_class'::regclass, t.typrelid, 0::oid, 0, 'column ' || t.typname || '.' || a.attname, NULL, NULL,
       'COLUMN $.' || quote_ident(t.typname) || '.' || quote_ident(a.attname), q.description, NULL
FROM pg_type t
JOIN pg_attribute a ON a.attrelid = t.typrelid AND a.attnum > 0
JOIN pg_description q ON q.objoid = a.attrelid AND q.objsubid = a.attnum AND q.classoid = 'pg_class'::regclass
WHERE t.oid = ANY ($1) AND t.typtype = 'c'
UNION ALL
SELECT 'domain check', k.tableoid, k.oid, 0::oid, 0, 'constraint ' || k.conname || ' on ' || t.typname,
       'ALTER DOMAIN $.' || quote_ident(t.typname) || ' ADD CONSTRAINT ' || quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid), NULL,
       'CONSTRAINT ' || quote_ident(k.conname) || ' ON DOMAIN $.' || quote_ident(t.typname),
       {comment; k.oid; pg_constraint; 0}, NULL
FROM pg_constraint k
JOIN pg_type t ON t.oid = k.contypid
WHERE k.contypid = ANY ($1) AND k.conrelid = 0 AND k.contype = 'c'
{since; 17; ; {since; 14; UNION ALL
-- A multirange comes with its range and keeps who made it, until version 17 has it follow its range.
SELECT 'comment', m.tableoid, m.oid, 0::oid, 0, 'type ' || m.typname, NULL, NULL, 'TYPE $.' || quote_ident(m.typname), NULL,
       pg_get_userbyid(t.typowner)::text
FROM pg_range r
JOIN pg_type t ON t.oid = r.rngtypid
JOIN pg_type m ON m.oid = r.rngmultitypid
WHERE r.rngtypid = ANY ($1); }}
