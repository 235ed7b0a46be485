-- Tables of these names that are closed to whoever works in their schema: ledgers that it may not write, tables to change that are not
-- its own. Who works is the schema's owner, where our role may become it (see plan_owners.sql), else our role.
-- $1: names of ledgers; $2: what must be allowed on them beside SELECT; $3: names of tables.
SELECT t.relnamespace, t.relname::text, o.rolname::text, w.rolname::text, t.is_ledger
FROM (
    SELECT c.oid, c.relname, c.relnamespace, c.relowner, c.relname = ANY ($1) AS is_ledger,
           CASE WHEN s.rolname !~ '^pg_'
                     AND pg_has_role(s.oid, CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END)
                THEN s.oid ELSE (SELECT r.oid FROM pg_roles r WHERE r.rolname = current_user) END AS worker
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_roles s ON s.oid = n.nspowner
    WHERE (c.relname = ANY ($1) OR c.relname = ANY ($3)) AND c.relkind IN ('r', 'p', 'v', 'm')
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
) t
JOIN pg_roles o ON o.oid = t.relowner JOIN pg_roles w ON w.oid = t.worker
WHERE CASE WHEN t.is_ledger
           THEN NOT (has_table_privilege(t.worker, t.oid, 'SELECT') AND has_table_privilege(t.worker, t.oid, $2))
           ELSE NOT pg_has_role(t.worker, t.relowner, 'USAGE') END
