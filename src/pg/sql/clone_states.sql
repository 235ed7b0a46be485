-- What is switched on a table when everything else stands.
SELECT 'state', c.tableoid, c.oid, c.oid, 0, 'table ' || c.relname, 'ALTER TABLE ONLY $.' || quote_ident(c.relname) || ' ' || s.clauses,
       NULL::text, NULL::text, NULL::text, NULL::text
FROM pg_class c
CROSS JOIN LATERAL
     (SELECT concat_ws(', ',
                 CASE WHEN c.relrowsecurity THEN 'ENABLE ROW LEVEL SECURITY' END,
                 CASE WHEN c.relforcerowsecurity THEN 'FORCE ROW LEVEL SECURITY' END,
                 CASE WHEN c.relkind NOT IN ('f', 'm') THEN CASE c.relreplident WHEN 'n' THEN 'REPLICA IDENTITY NOTHING' WHEN 'f' THEN 'REPLICA IDENTITY FULL' END END,
                 (SELECT 'REPLICA IDENTITY USING INDEX ' || quote_ident(x.relname)
                  FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid WHERE i.indrelid = c.oid AND i.indisreplident AND c.relreplident = 'i'),
                 (SELECT 'CLUSTER ON ' || quote_ident(x.relname)
                  FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid WHERE i.indrelid = c.oid AND i.indisclustered)) AS clauses) s
WHERE c.oid = ANY ($1) AND c.relkind IN ('r', 'p', 'f', 'm') AND s.clauses <> ''
