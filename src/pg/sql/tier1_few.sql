-- What belongs to the schemas $1, by the index of pg_depend: in milliseconds for one schema, whatever the size of the database.
-- The row of a composite type's columns depends on the type, not on the schema.
WITH scope AS MATERIALIZED (SELECT oid FROM unnest($1::oid[]) AS oid),
member AS MATERIALIZED (
    SELECT s.oid AS ns, d.classid::regclass AS class, d.objid
    FROM scope s
    JOIN pg_depend d ON d.refclassid = 'pg_namespace'::regclass AND d.refobjid = s.oid AND d.deptype = 'n' AND d.objsubid = 0
),
relation AS NOT MATERIALIZED (
    SELECT m.ns, c.* FROM member m JOIN pg_class c ON c.oid = m.objid
    WHERE m.class = 'pg_class'::regclass AND c.relnamespace = m.ns
    UNION ALL
    SELECT m.ns, c.* FROM member m JOIN pg_type y ON y.oid = m.objid JOIN pg_class c ON c.oid = y.typrelid
    WHERE m.class = 'pg_type'::regclass AND y.typtype = 'c' AND c.relkind = 'c' AND c.relnamespace = m.ns
),
type AS NOT MATERIALIZED (
    SELECT m.ns, y.* FROM member m JOIN pg_type y ON y.oid = m.objid
    WHERE m.class = 'pg_type'::regclass AND y.typnamespace = m.ns
      AND y.typtype IN ('b', 'd', 'e', 'p', 'r') AND y.typinput <> 'array_in'::regproc
),
routine AS NOT MATERIALIZED (
    SELECT m.ns, p.* FROM member m JOIN pg_proc p ON p.oid = m.objid
    WHERE m.class = 'pg_proc'::regclass AND p.pronamespace = m.ns
),
lonely AS NOT MATERIALIZED (SELECT m.ns, m.class, m.objid AS oid, m.ns AS namespace FROM member m),
described AS NOT MATERIALIZED (
    SELECT d.* FROM (
        SELECT m.objid AS oid FROM member m
        UNION SELECT r.oid FROM relation r
        UNION SELECT k.oid FROM relation r JOIN pg_constraint k ON k.conrelid = r.oid
        UNION SELECT k.oid FROM type y JOIN pg_constraint k ON k.contypid = y.oid
        UNION SELECT i.indexrelid FROM relation r JOIN pg_index i ON i.indrelid = r.oid
        UNION SELECT t.oid FROM relation r JOIN pg_trigger t ON t.tgrelid = r.oid
        UNION SELECT w.oid FROM relation r JOIN pg_rewrite w ON w.ev_class = r.oid
        UNION SELECT p.oid FROM relation r JOIN pg_policy p ON p.polrelid = r.oid
    ) o JOIN pg_description d ON d.objoid = o.oid
)
