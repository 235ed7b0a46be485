-- What is described is named by its own name and by the relation or the type that it belongs to. The schema's own comment is not
-- compared: in a fleet it says whose schema it is.
SELECT x.ns, {h}ROW('comment'::text, x.class::text, x.owner, CASE WHEN x.is_loose THEN NULL ELSE x.name END, x.objsubid, x.description
       ){/h} AS base, CASE WHEN x.is_loose THEN x.name END AS loose
FROM (
    SELECT s.oid AS ns, d.classoid::regclass AS class, d.objsubid, d.description, o.name, o.owner, o.is_loose
    FROM described d
    CROSS JOIN LATERAL (
        SELECT c.relnamespace AS namespace, c.relname::text AS name, NULL::text AS owner, c.relkind IN ('i', 'I') AS is_loose
        FROM pg_class c WHERE d.classoid = 'pg_class'::regclass AND c.oid = d.objoid
        UNION ALL
        SELECT y.typnamespace, y.typname, NULL, false FROM pg_type y WHERE d.classoid = 'pg_type'::regclass AND y.oid = d.objoid
        UNION ALL
        SELECT p.pronamespace, p.proname || '(' || {arguments p} || ')', NULL, false
        FROM pg_proc p WHERE d.classoid = 'pg_proc'::regclass AND p.oid = d.objoid
        UNION ALL
        SELECT k.connamespace, k.conname,
               coalesce((SELECT c.relname FROM pg_class c WHERE c.oid = k.conrelid),
                        (SELECT y.typname FROM pg_type y WHERE y.oid = k.contypid)), true
        FROM pg_constraint k WHERE d.classoid = 'pg_constraint'::regclass AND k.oid = d.objoid
        UNION ALL
        SELECT (SELECT c.relnamespace FROM pg_class c WHERE c.oid = t.tgrelid), t.tgname,
               (SELECT c.relname FROM pg_class c WHERE c.oid = t.tgrelid), false
        FROM pg_trigger t WHERE d.classoid = 'pg_trigger'::regclass AND t.oid = d.objoid
        UNION ALL
        SELECT (SELECT c.relnamespace FROM pg_class c WHERE c.oid = w.ev_class), w.rulename,
               (SELECT c.relname FROM pg_class c WHERE c.oid = w.ev_class), false
        FROM pg_rewrite w WHERE d.classoid = 'pg_rewrite'::regclass AND w.oid = d.objoid
        UNION ALL
        SELECT (SELECT c.relnamespace FROM pg_class c WHERE c.oid = p.polrelid), p.polname,
               (SELECT c.relname FROM pg_class c WHERE c.oid = p.polrelid), false
        FROM pg_policy p WHERE d.classoid = 'pg_policy'::regclass AND p.oid = d.objoid
        UNION ALL
        SELECT x.stxnamespace, x.stxname, NULL, false
        FROM pg_statistic_ext x WHERE d.classoid = 'pg_statistic_ext'::regclass AND x.oid = d.objoid
    ) o
    JOIN scope s ON s.oid = o.namespace
    UNION ALL
    SELECT l.ns, l.class, d.objsubid, d.description, coalesce(
               (SELECT c.collname FROM pg_collation c WHERE l.class = 'pg_collation'::regclass AND c.oid = l.oid),
               (SELECT o.oprname FROM pg_operator o WHERE l.class = 'pg_operator'::regclass AND o.oid = l.oid),
               (SELECT c.cfgname FROM pg_ts_config c WHERE l.class = 'pg_ts_config'::regclass AND c.oid = l.oid),
               (SELECT c.dictname FROM pg_ts_dict c WHERE l.class = 'pg_ts_dict'::regclass AND c.oid = l.oid))::text, NULL, false
    FROM described d JOIN lonely l ON l.oid = d.objoid AND l.class::oid = d.classoid
    WHERE l.class NOT IN ('pg_class'::regclass, 'pg_type'::regclass, 'pg_proc'::regclass, 'pg_statistic_ext'::regclass)
) x
