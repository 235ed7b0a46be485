-- Some schemas as a whole: who owns them, whether we may act as their owner, what is in them. A dump fails where row security hides rows. Who is a member may become the owner; since
-- version 16 that is a right of its own. Bytes are estimates as of the last vacuum or analyze. $1: oids.
SELECT n.oid, pg_get_userbyid(n.nspowner)::text, w.is_ours, w.may_become,
       has_database_privilege(w.role, current_database(), 'CREATE'),
       coalesce(t.tables, 0), coalesce(o.objects, 0), coalesce(t.bytes, 0)::int8, coalesce(t.closed, 0) + coalesce(q.closed, 0)
FROM pg_namespace n
CROSS JOIN LATERAL (
    SELECT a.*, (SELECT r.rolsuper OR r.rolbypassrls FROM pg_roles r WHERE r.oid = a.role) AS sees_all
    FROM (
    SELECT pg_has_role(n.nspowner, 'USAGE') AS is_ours,
           pg_has_role(n.nspowner, CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END)
               AS may_become,
           CASE WHEN pg_has_role(n.nspowner, 'USAGE') THEN (SELECT r.oid FROM pg_roles r WHERE r.rolname = current_user)
                ELSE n.nspowner END AS role
    ) a
) w
LEFT JOIN LATERAL (
    SELECT count(*) AS objects FROM pg_depend d WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = n.oid
) o ON true
LEFT JOIN LATERAL (
    SELECT count(*) AS tables,
           sum((c.relpages::int8 + coalesce(s.relpages, 0) + coalesce(x.pages, 0)) * current_setting('block_size')::int8) AS bytes,
           count(*) FILTER (WHERE NOT (has_table_privilege(w.role, c.oid, 'SELECT')
                                       AND has_table_privilege(w.role, c.oid, 'UPDATE, DELETE, TRUNCATE'))
                                  OR (c.relrowsecurity AND NOT w.sees_all
                                      AND (c.relforcerowsecurity OR NOT pg_has_role(w.role, c.relowner, 'USAGE')))) AS closed
    FROM pg_depend d
    JOIN pg_class c ON c.oid = d.objid AND c.relkind IN ('r', 'p')
    LEFT JOIN pg_class s ON s.oid = c.reltoastrelid
    LEFT JOIN LATERAL (
        SELECT sum(i.relpages::int8) AS pages FROM pg_index g JOIN pg_class i ON i.oid = g.indexrelid WHERE g.indrelid = c.oid
    ) x ON true
    WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_namespace'::regclass AND d.refobjid = n.oid
) t ON true
LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE CASE c.relkind WHEN 'S' THEN NOT has_sequence_privilege(w.role, c.oid, 'SELECT') END) AS closed
    FROM pg_depend d
    JOIN pg_class c ON c.oid = d.objid
    WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_namespace'::regclass AND d.refobjid = n.oid
) q ON true
WHERE n.oid = ANY ($1)
