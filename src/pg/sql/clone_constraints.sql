-- Checks as a clause and as a statement, keys and foreign keys as statements. What a partition has by its parent comes with it: but for
-- checks, which must be there before it is attached, and for keys, which keep their names so.
SELECT CASE k.contype WHEN 'c' THEN CASE WHEN x.is_late THEN 'late check' ELSE 'check' END WHEN 'f' THEN 'foreign key' ELSE 'key' END,
       k.tableoid, k.oid, c.oid, 0, 'constraint ' || k.conname || ' on ' || c.relname,
       CASE WHEN k.contype = 'c' THEN CASE WHEN NOT x.is_late THEN 'CONSTRAINT ' || quote_ident(k.conname) || ' ' || x.definition END
            ELSE 'ALTER TABLE ' || CASE WHEN k.contype = 'f' AND c.relkind = 'p' THEN '' ELSE 'ONLY ' END || '$.' || quote_ident(c.relname)
                 || ' ADD CONSTRAINT ' || quote_ident(k.conname) || ' ' || x.definition END,
       CASE WHEN k.contype = 'c' AND (k.conislocal OR k.connoinherit) THEN
                'ALTER TABLE $.' || quote_ident(c.relname) || ' ADD CONSTRAINT ' || quote_ident(k.conname) || ' ' || x.definition END,
       'CONSTRAINT ' || quote_ident(k.conname) || ' ON $.' || quote_ident(c.relname),
       {comment; k.oid; pg_constraint; 0},
       NULL::text
FROM (SELECT t.oid, t.relname, t.relkind, EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = t.oid) AND {natural; t} AS is_natural
      FROM pg_class t WHERE t.oid = ANY ($1) OFFSET 0) c
CROSS JOIN LATERAL (SELECT l.tableoid, l.* FROM pg_constraint l WHERE l.conrelid = c.oid OFFSET 0) k
CROSS JOIN LATERAL (SELECT pg_get_constraintdef(k.oid) AS definition, NOT k.convalidated {since; 18; AND k.conenforced; } AS is_late) x
WHERE k.contype IN ('p', 'u', 'x')
   OR k.contype = 'c' AND NOT (c.is_natural AND NOT k.conislocal)
   OR k.contype = 'f' AND k.conparentid = 0
