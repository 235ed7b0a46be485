-- What belongs to the schemas $1, by scans: for all schemas of a database at once. As tier1_few.sql, which finds the same by
-- indexes.
WITH scope AS MATERIALIZED (SELECT oid FROM unnest($1::oid[]) AS oid),
relation AS NOT MATERIALIZED (
    SELECT c.relnamespace AS ns, c.* FROM scope s JOIN pg_class c ON c.relnamespace = s.oid
),
type AS NOT MATERIALIZED (
    SELECT y.typnamespace AS ns, y.* FROM scope s JOIN pg_type y ON y.typnamespace = s.oid
    WHERE y.typtype IN ('b', 'd', 'e', 'p', 'r') AND y.typinput <> 'array_in'::regproc
),
routine AS NOT MATERIALIZED (SELECT p.pronamespace AS ns, p.* FROM scope s JOIN pg_proc p ON p.pronamespace = s.oid),
lonely AS NOT MATERIALIZED (
    SELECT s.oid AS ns, x.* FROM scope s JOIN (
        SELECT 'pg_collation'::regclass AS class, oid, collnamespace AS namespace FROM pg_collation
        UNION ALL SELECT 'pg_operator'::regclass, oid, oprnamespace FROM pg_operator
        UNION ALL SELECT 'pg_opclass'::regclass, oid, opcnamespace FROM pg_opclass
        UNION ALL SELECT 'pg_opfamily'::regclass, oid, opfnamespace FROM pg_opfamily
        UNION ALL SELECT 'pg_conversion'::regclass, oid, connamespace FROM pg_conversion
        UNION ALL SELECT 'pg_ts_config'::regclass, oid, cfgnamespace FROM pg_ts_config
        UNION ALL SELECT 'pg_ts_dict'::regclass, oid, dictnamespace FROM pg_ts_dict
        UNION ALL SELECT 'pg_ts_parser'::regclass, oid, prsnamespace FROM pg_ts_parser
        UNION ALL SELECT 'pg_ts_template'::regclass, oid, tmplnamespace FROM pg_ts_template
        UNION ALL SELECT 'pg_statistic_ext'::regclass, oid, stxnamespace FROM pg_statistic_ext
    ) x ON x.namespace = s.oid
),
described AS NOT MATERIALIZED (SELECT * FROM pg_description WHERE objoid >= 16384)
