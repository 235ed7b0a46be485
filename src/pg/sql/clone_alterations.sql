-- What CREATE TABLE has no clause for, in one statement for each table.
SELECT 'alteration', c.tableoid, c.oid, c.oid, 0, 'columns of ' || c.relname,
       'ALTER TABLE ONLY $.' || quote_ident(c.relname) || ' ' || x.clauses, NULL::text, NULL::text, NULL::text, NULL::text
FROM (SELECT t.tableoid, t.oid, t.relname, t.relkind, t.reloftype,
             EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = t.oid) AND {natural; t} AS is_natural
      FROM pg_class t WHERE t.oid = ANY ($1) OFFSET 0) c
CROSS JOIN LATERAL
     (SELECT concat_ws(', ', string_agg(nullif(concat_ws(', ',
                 CASE WHEN a.attstorage <> y.typstorage THEN
                     a.alter || 'SET STORAGE ' || CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN'
                                                                    ELSE 'EXTENDED' END END,
                 CASE WHEN a.attstattarget >= 0 THEN a.alter || 'SET STATISTICS ' || a.attstattarget END,
                 a.alter || 'SET (' || {with; a.attoptions; } || ')',
                 CASE WHEN a.attnotnull AND a.is_inherited AND {since; 18; false; true} THEN a.alter || 'SET NOT NULL' END,
                 CASE WHEN c.is_natural AND a.attinhcount > 0 AND NOT a.atthasdef
                           AND EXISTS (SELECT FROM pg_inherits h JOIN pg_attribute p ON p.attrelid = h.inhparent
                                       WHERE h.inhrelid = c.oid AND p.attname = a.attname AND p.atthasdef AND p.attgenerated = '')
                      THEN a.alter || 'DROP DEFAULT' END), ''), ', ' ORDER BY a.attnum),
                 CASE WHEN c.reloftype <> 0 THEN 'OF ' || format_type(c.reloftype, NULL) END) AS clauses
      FROM (SELECT b.*, 'ALTER COLUMN ' || quote_ident(b.attname) || ' ' AS alter, c.is_natural AND NOT b.attislocal AS is_inherited
            FROM pg_attribute b WHERE b.attrelid = c.oid AND b.attnum > 0 AND NOT b.attisdropped) a
      JOIN pg_type y ON y.oid = a.atttypid) x
WHERE x.clauses <> '' AND c.relkind IN ('r', 'p', 'f', 'm')
{since; 18; UNION ALL
-- NOT NULL under names that CREATE TABLE has no clause for. Children get theirs with it.
SELECT 'alteration', 'pg_class'::regclass, k.conrelid, k.conrelid, 1, 'columns of ' || c.relname,
       'ALTER TABLE $.' || quote_ident(c.relname) || ' ADD CONSTRAINT ' || quote_ident(k.conname) || ' NOT NULL ' || quote_ident(a.attname)
       || CASE WHEN k.connoinherit THEN ' NO INHERIT' ELSE '' END || CASE WHEN k.convalidated THEN '' ELSE ' NOT VALID' END,
       NULL, NULL, NULL, NULL
FROM (SELECT t.oid, t.relname, EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = t.oid) AND {natural; t} AS is_natural
      FROM pg_class t WHERE t.oid = ANY ($1) OFFSET 0) c
CROSS JOIN LATERAL (SELECT l.tableoid, l.* FROM pg_constraint l WHERE l.conrelid = c.oid OFFSET 0) k
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
WHERE k.contype = 'n' AND (NOT k.convalidated OR c.is_natural AND NOT a.attislocal) AND (k.conislocal OR NOT c.is_natural)
UNION ALL
-- A child that was made when its parent's was not valid has a valid one.
SELECT 'late check', k.tableoid, k.oid, k.conrelid, 0, 'constraint ' || k.conname || ' on ' || c.relname, NULL,
       'ALTER TABLE $.' || quote_ident(c.relname) || ' VALIDATE CONSTRAINT ' || quote_ident(k.conname), NULL, NULL, NULL
FROM (SELECT t.oid, t.relname FROM pg_class t WHERE t.oid = ANY ($1) AND NOT t.relispartition OFFSET 0) c
CROSS JOIN LATERAL (SELECT l.tableoid, l.* FROM pg_constraint l WHERE l.conrelid = c.oid OFFSET 0) k
WHERE k.contype = 'n' AND k.convalidated AND NOT k.conislocal
  AND EXISTS (SELECT FROM pg_inherits h
              JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
              JOIN pg_attribute b ON b.attrelid = h.inhparent AND b.attname = a.attname
              JOIN pg_constraint p ON p.conrelid = h.inhparent AND p.contype = 'n' AND p.conkey = ARRAY[b.attnum] AND NOT p.convalidated
              WHERE h.inhrelid = c.oid); }
