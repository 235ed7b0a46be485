-- Of tables. What a partition has by its parent is told of the parent alone; NOT NULL is told of the column; what a constraint
-- trigger does is told of the trigger.
SELECT 'constraint', c.relname::text, k.conname::text, true,
       ARRAY['!definition', pg_get_constraintdef(k.oid, true),
             'valid', CASE WHEN NOT k.convalidated {since; 18; AND k.conenforced; } THEN 'no' END,
             'inherited', CASE WHEN NOT k.conislocal THEN 'yes' WHEN k.coninhcount > 0 THEN 'yes, and its own' END,
             'triggers', CASE WHEN k.contype = 'f' OR k.condeferrable THEN
                             (SELECT string_agg(DISTINCT CASE t.tgenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica'
                                                         ELSE 'always' END, ', ')
                              FROM pg_trigger t WHERE t.tgconstraint = k.oid AND t.tgenabled <> 'O') END,
             'index options', {options; x.reloptions},
             'valid index', CASE WHEN NOT i.indisvalid THEN 'no' END,
             'clustered', CASE WHEN i.indisclustered THEN 'yes' END,
             'replica identity', CASE WHEN i.indisreplident THEN 'yes' END,
             'comment', {comment; k.oid; pg_constraint; 0}]::text[]
FROM (SELECT t.oid, t.relname FROM pg_class t WHERE t.oid = ANY ($1) OFFSET 0) c
CROSS JOIN LATERAL (SELECT l.tableoid, l.* FROM pg_constraint l WHERE l.conrelid = c.oid OFFSET 0) k
LEFT JOIN pg_index i ON i.indexrelid = CASE WHEN k.contype IN ('p', 'u', 'x') THEN k.conindid END
LEFT JOIN pg_class x ON x.oid = i.indexrelid
WHERE k.contype IN ('c', 'f', 'p', 'u', 'x') AND k.conparentid = 0
