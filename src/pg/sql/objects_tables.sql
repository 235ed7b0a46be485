SELECT CASE c.relkind WHEN 'f' THEN 'foreign table' ELSE 'table' END, NULL::text, c.relname::text, false,
       ARRAY['persistence', CASE c.relpersistence WHEN 'u' THEN 'unlogged' WHEN 't' THEN 'temporary' END,
             '!partition key', CASE c.relkind WHEN 'p' THEN pg_get_partkeydef(c.oid) ELSE '' END,
             'inherits', CASE WHEN NOT c.relispartition THEN
                             (SELECT string_agg(h.inhparent::regclass::text, ', ' ORDER BY h.inhseqno)
                              FROM pg_inherits h WHERE h.inhrelid = c.oid) END,
             'partition of', CASE WHEN c.relispartition THEN
                                 (SELECT string_agg(h.inhparent::regclass::text, ', ' ORDER BY h.inhseqno)
                                  FROM pg_inherits h WHERE h.inhrelid = c.oid) END,
             '!bound', CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid, true) ELSE '' END,
             'options', {options; c.reloptions},
             'toast options', (SELECT {options; t.reloptions} FROM pg_class t WHERE t.oid = c.reltoastrelid),
             'row security', CASE WHEN c.relrowsecurity AND c.relforcerowsecurity THEN 'forced'
                                  WHEN c.relrowsecurity THEN 'enabled'
                                  WHEN c.relforcerowsecurity THEN 'forced, disabled' END,
             'access method', (SELECT m.amname::text FROM pg_am m WHERE m.oid = c.relam AND m.amname <> 'heap'),
             'replica identity', CASE CASE WHEN c.relkind <> 'f' THEN c.relreplident END WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full' WHEN 'i' THEN 'index' END,
             'of type', CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END,
             'server', CASE c.relkind WHEN 'f' THEN
                           (SELECT s.srvname::text FROM pg_foreign_table f JOIN pg_foreign_server s ON s.oid = f.ftserver
                            WHERE f.ftrelid = c.oid) END,
             'foreign options', CASE c.relkind WHEN 'f' THEN
                                    (SELECT {options; f.ftoptions} FROM pg_foreign_table f WHERE f.ftrelid = c.oid) END,
             'comment', {comment; c.oid; pg_class; 0},
             'owner', pg_get_userbyid(c.relowner),
             'grants', {grants; c.relacl; 'r'; c.relowner}]::text[]
FROM pg_class c
WHERE c.oid = ANY ($1) AND c.relkind IN ('r', 'p', 'f')
