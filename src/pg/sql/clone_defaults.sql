-- Defaults, as a clause and as a statement. Those of views, and of columns that a child has by INHERITS, are statements only.
SELECT 'default', d.tableoid, d.oid, c.oid, d.adnum::int, 'default of ' || c.relname || '.' || a.attname,
       CASE WHEN c.relkind IN ('v', 'm') OR c.is_natural AND NOT a.attislocal THEN NULL
            ELSE ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid) END,
       'ALTER TABLE ONLY $.' || quote_ident(c.relname) || ' ALTER COLUMN ' || quote_ident(a.attname)
       || ' SET DEFAULT ' || pg_get_expr(d.adbin, d.adrelid),
       NULL::text, NULL::text, NULL::text
FROM (SELECT t.oid, t.relname, t.relkind, EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = t.oid) AND {natural; t} AS is_natural
      FROM pg_class t WHERE t.oid = ANY ($1) OFFSET 0) c
JOIN pg_attrdef d ON d.adrelid = c.oid
CROSS JOIN LATERAL (SELECT l.attname, l.attislocal, l.attgenerated FROM pg_attribute l
                    WHERE l.attrelid = d.adrelid AND l.attnum = d.adnum OFFSET 0) a
WHERE a.attgenerated = ''
UNION ALL
-- What generates a column is a part of its table. OFFSET 0 keeps the server from looking for such columns in the whole fleet.
SELECT 'inside', d.tableoid, d.oid, d.adrelid, 0, '', NULL, NULL, NULL, NULL, NULL
FROM pg_attrdef d
CROSS JOIN LATERAL (SELECT l.attgenerated FROM pg_attribute l WHERE l.attrelid = d.adrelid AND l.attnum = d.adnum OFFSET 0) a
WHERE d.adrelid = ANY ($1) AND a.attgenerated <> ''
