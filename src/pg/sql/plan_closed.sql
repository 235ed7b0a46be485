-- What of these names is closed to whoever works in its schema: ledgers that it may not read and write, sequences from which their new
-- lines are numbered, tables to change that are not its own. Who works is the schema's owner, where our role may become it (see
-- plan_owners.sql) and $4 says that it does, else our role. A sequence of an identity column asks for no right of its own.
-- $1: names of ledgers; $2: for each, what must be allowed on it beside SELECT, with commas; $3: names of tables; $4: see above.
WITH named AS (
    SELECT c.oid, c.relname, c.relnamespace, c.relowner, l.rights,
           CASE WHEN $4 = 'owner' AND s.rolname !~ '^pg_'
                     AND pg_has_role(session_user, s.oid, CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END)
                THEN s.oid ELSE (SELECT r.oid FROM pg_roles r WHERE r.rolname = current_user) END AS worker
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_roles s ON s.oid = n.nspowner
    LEFT JOIN unnest($1::text[], $2::text[]) AS l (name, rights) ON l.name = c.relname
    WHERE (c.relname = ANY ($1::text[]::name[]) OR c.relname = ANY ($3::text[]::name[])) AND c.relkind IN ('r', 'p', 'v', 'm')
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
), closed AS (
    SELECT t.relnamespace, t.relname, t.relowner, t.worker, CASE WHEN t.rights IS NULL THEN 'table' ELSE 'ledger' END AS what
    FROM named t
    WHERE CASE WHEN t.rights IS NULL THEN NOT pg_has_role(t.worker, t.relowner, 'USAGE')
               ELSE EXISTS (SELECT FROM unnest(string_to_array('SELECT,' || t.rights, ',')) AS p (privilege)
                            WHERE NOT has_table_privilege(t.worker, t.oid, p.privilege)) END
    UNION ALL
    SELECT DISTINCT q.relnamespace, q.relname, q.relowner, t.worker, 'sequence'
    FROM named t
    -- OFFSET 0 keeps the server, where it has no statistics, from beginning with the defaults of the whole fleet.
    CROSS JOIN LATERAL (SELECT a.oid FROM pg_attrdef a WHERE a.adrelid = t.oid OFFSET 0) a
    CROSS JOIN LATERAL (SELECT e.refobjid FROM pg_depend e
                        WHERE e.classid = 'pg_attrdef'::regclass AND e.objid = a.oid AND e.refclassid = 'pg_class'::regclass OFFSET 0) d
    CROSS JOIN LATERAL (SELECT c.oid, c.relname, c.relnamespace, c.relowner, c.relkind FROM pg_class c WHERE c.oid = d.refobjid OFFSET 0) q
    WHERE t.rights LIKE '%INSERT%' AND q.relkind = 'S' AND NOT has_sequence_privilege(t.worker, q.oid, 'USAGE, UPDATE')
)
SELECT c.relnamespace, c.relname::text, o.rolname::text, w.rolname::text, c.what
FROM closed c JOIN pg_roles o ON o.oid = c.relowner JOIN pg_roles w ON w.oid = c.worker
