-- The head of each table and what follows its columns. A child with its columns in their natural order is made with INHERITS, so that it
-- knows which columns are its own; another one is made alone, and a partition always.
SELECT 'table', c.tableoid, c.oid, 0::oid, 0,
       CASE c.relkind WHEN 'f' THEN 'foreign table ' ELSE 'table ' END || c.relname,
       CASE WHEN c.relkind = 'f' THEN 'CREATE FOREIGN TABLE $.' WHEN c.relpersistence = 'u' THEN 'CREATE UNLOGGED TABLE $.'
            ELSE 'CREATE TABLE $.' END || quote_ident(c.relname),
       concat(
           CASE WHEN c.is_natural THEN
               ' INHERITS (' || (SELECT string_agg(h.inhparent::regclass::text, ', ' ORDER BY h.inhseqno)
                                 FROM pg_inherits h WHERE h.inhrelid = c.oid) || ')' END,
           CASE c.relkind WHEN 'p' THEN ' PARTITION BY ' || pg_get_partkeydef(c.oid) END,
           (SELECT ' SERVER ' || quote_ident(s.srvname) || coalesce(' OPTIONS (' || {foreign options; f.ftoptions} || ')', '')
            FROM pg_foreign_table f JOIN pg_foreign_server s ON s.oid = f.ftserver
            WHERE c.relkind = 'f' AND f.ftrelid = c.oid),
           (SELECT ' USING ' || quote_ident(m.amname) FROM pg_am m WHERE m.oid = c.relam AND m.amname <> 'heap'),
           ' WITH (' || nullif(concat_ws(', ', {with; c.reloptions; },
                                         (SELECT {with; t.reloptions; toast.} FROM pg_class t WHERE t.oid = c.reltoastrelid)), '') || ')',
           (SELECT ' TABLESPACE ' || quote_ident(s.spcname) FROM pg_tablespace s WHERE s.oid = c.reltablespace)),
       CASE c.relkind WHEN 'f' THEN 'FOREIGN ' ELSE '' END || 'TABLE $.' || quote_ident(c.relname),
       {comment; c.oid; pg_class; 0},
       pg_get_userbyid(c.relowner)::text
FROM (SELECT r.tableoid, r.*, EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = r.oid) AND {natural; r} AS is_natural
      FROM pg_class r WHERE r.oid = ANY ($1) OFFSET 0) c
WHERE c.relkind IN ('r', 'p', 'f')
