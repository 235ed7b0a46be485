-- The schemas of rows that were written by the transactions $1 or later ones, in the catalogues $2 each: a scan of each, and a look
-- at what the few rows belong to.
SELECT DISTINCT ns FROM (
    SELECT x.oid AS ns FROM (SELECT DISTINCT t.oid::oid AS oid FROM pg_namespace t
        WHERE 'pg_namespace' = ANY ($2::text[])
          AND age(t.xmin) <= (SELECT max(age(s.xid::xid)) FROM unnest($1::text[], $2::text[]) AS s (xid, name) WHERE s.name = 'pg_namespace')) x
    UNION ALL
    SELECT x.relnamespace AS ns FROM (SELECT DISTINCT t.relnamespace::oid AS relnamespace FROM pg_class t
        WHERE 'pg_class' = ANY ($2::text[])
          AND age(t.xmin) <= (SELECT max(age(s.xid::xid)) FROM unnest($1::text[], $2::text[]) AS s (xid, name) WHERE s.name = 'pg_class')) x
    UNION ALL
    SELECT (SELECT c.relnamespace FROM pg_class c WHERE c.oid = x.attrelid) AS ns FROM (SELECT DISTINCT t.attrelid::oid AS attrelid FROM pg_attribute t
        WHERE 'pg_attribute' = ANY ($2::text[])
          AND age(t.xmin) <= (SELECT max(age(s.xid::xid)) FROM unnest($1::text[], $2::text[]) AS s (xid, name) WHERE s.name = 'pg_attribute')) x
    UNION ALL
    SELECT (SELECT c.relnamespace FROM pg_class c WHERE c.oid = x.adrelid) AS ns FROM (SELECT DISTINCT t.adrelid::oid AS adrelid FROM pg_attrdef t
        WHERE 'pg_attrdef' = ANY ($2::text[])
          AND age(t.xmin) <= (SELECT max(age(s.xid::xid)) FROM unnest($1::text[], $2::text[]) AS s (xid, name) WHERE s.name = 'pg_attrdef')) x
    UNION ALL
    SELECT x.connamespace AS ns FROM (SELECT DISTINCT t.connamespace::oid AS connamespace FROM pg_constraint t
        WHERE 'pg_constraint' = ANY ($2::text[])
          AND age(t.xmin) <= (SELECT max(age(s.xid::xid)) FROM unnest($1::text[], $2::text[]) AS s (xid, name) WHERE s.name = 'pg_constraint')) x
    UNION ALL
    SELECT (SELECT c.relnamespace FROM pg_class c WHERE c.oid = x.indrelid) AS ns FROM (SELECT DISTINCT t.indrelid::oid AS indrelid FROM pg_index t
        WHERE 'pg_index' = ANY ($2::text[])
          AND age(t.xmin) <= (SELECT max(age(s.xid::xid)) FROM unnest($1::text[], $2::text[]) AS s (xid, name) WHERE s.name = 'pg_index')) x
    UNION ALL
    SELECT (SELECT c.relnamespace FROM pg_class c WHERE c.oid = x.tgrelid) AS ns FROM (SELECT DISTINCT t.tgrelid::oid AS tgrelid FROM pg_trigger t
        WHERE 'pg_trigger' = ANY ($2::text[])
          AND age(t.xmin) <= (SELECT max(age(s.xid::xid)) FROM unnest($1::text[], $2::text[]) AS s (xid, name) WHERE s.name = 'pg_trigger')) x
    UNION ALL
    SELECT (SELECT c.relnamespace FROM pg_class c WHERE c.oid = x.ev_class) AS ns FROM (SELECT DISTINCT t.ev_class::oid AS ev_class FROM pg_rewrite t
        WHERE 'pg_rewrite' = ANY ($2::text[])
          AND age(t.xmin) <= (SELECT max(age(s.xid::xid)) FROM unnest($1::text[], $2::text[]) AS s (xid, name) WHERE s.name = 'pg_rewrite')) x
    UNION ALL
    SELECT (SELECT c.relnamespace FROM pg_class c WHERE c.oid = x.polrelid) AS ns FROM (SELECT DISTINCT t.polrelid::oid AS polrelid FROM pg_policy t
        WHERE 'pg_policy' = ANY ($2::text[])
          AND age(t.xmin) <= (SELECT max(age(s.xid::xid)) FROM unnest($1::text[], $2::text[]) AS s (xid, name) WHERE s.name = 'pg_policy')) x
    UNION ALL
    SELECT x.pronamespace AS ns FROM (SELECT DISTINCT t.pronamespace::oid AS pronamespace FROM pg_proc t
        WHERE 'pg_proc' = ANY ($2::text[])
          AND age(t.xmin) <= (SELECT max(age(s.xid::xid)) FROM unnest($1::text[], $2::text[]) AS s (xid, name) WHERE s.name = 'pg_proc')) x
    UNION ALL
    SELECT (SELECT p.pronamespace FROM pg_proc p WHERE p.oid = x.aggfnoid) AS ns FROM (SELECT DISTINCT t.aggfnoid::oid AS aggfnoid FROM pg_aggregate t
        WHERE 'pg_aggregate' = ANY ($2::text[])
          AND age(t.xmin) <= (SELECT max(age(s.xid::xid)) FROM unnest($1::text[], $2::text[]) AS s (xid, name) WHERE s.name = 'pg_aggregate')) x
    UNION ALL
    SELECT x.typnamespace AS ns FROM (SELECT DISTINCT t.typnamespace::oid AS typnamespace FROM pg_type t
        WHERE 'pg_type' = ANY ($2::text[])
          AND age(t.xmin) <= (SELECT max(age(s.xid::xid)) FROM unnest($1::text[], $2::text[]) AS s (xid, name) WHERE s.name = 'pg_type')) x
    UNION ALL
    SELECT (SELECT y.typnamespace FROM pg_type y WHERE y.oid = x.enumtypid) AS ns FROM (SELECT DISTINCT t.enumtypid::oid AS enumtypid FROM pg_enum t
        WHERE 'pg_enum' = ANY ($2::text[])
          AND age(t.xmin) <= (SELECT max(age(s.xid::xid)) FROM unnest($1::text[], $2::text[]) AS s (xid, name) WHERE s.name = 'pg_enum')) x
    UNION ALL
    SELECT (SELECT y.typnamespace FROM pg_type y WHERE y.oid = x.rngtypid) AS ns FROM (SELECT DISTINCT t.rngtypid::oid AS rngtypid FROM pg_range t
        WHERE 'pg_range' = ANY ($2::text[])
          AND age(t.xmin) <= (SELECT max(age(s.xid::xid)) FROM unnest($1::text[], $2::text[]) AS s (xid, name) WHERE s.name = 'pg_range')) x
    UNION ALL
    SELECT (SELECT c.relnamespace FROM pg_class c WHERE c.oid = x.seqrelid) AS ns FROM (SELECT DISTINCT t.seqrelid::oid AS seqrelid FROM pg_sequence t
        WHERE 'pg_sequence' = ANY ($2::text[])
          AND age(t.xmin) <= (SELECT max(age(s.xid::xid)) FROM unnest($1::text[], $2::text[]) AS s (xid, name) WHERE s.name = 'pg_sequence')) x
    UNION ALL
    SELECT (SELECT c.relnamespace FROM pg_class c WHERE c.oid = x.inhrelid) AS ns FROM (SELECT DISTINCT t.inhrelid::oid AS inhrelid FROM pg_inherits t
        WHERE 'pg_inherits' = ANY ($2::text[])
          AND age(t.xmin) <= (SELECT max(age(s.xid::xid)) FROM unnest($1::text[], $2::text[]) AS s (xid, name) WHERE s.name = 'pg_inherits')) x
    UNION ALL
    SELECT (SELECT c.relnamespace FROM pg_class c WHERE c.oid = x.partrelid) AS ns FROM (SELECT DISTINCT t.partrelid::oid AS partrelid FROM pg_partitioned_table t
        WHERE 'pg_partitioned_table' = ANY ($2::text[])
          AND age(t.xmin) <= (SELECT max(age(s.xid::xid)) FROM unnest($1::text[], $2::text[]) AS s (xid, name) WHERE s.name = 'pg_partitioned_table')) x
    UNION ALL
    SELECT (SELECT c.relnamespace FROM pg_class c WHERE c.oid = x.ftrelid) AS ns FROM (SELECT DISTINCT t.ftrelid::oid AS ftrelid FROM pg_foreign_table t
        WHERE 'pg_foreign_table' = ANY ($2::text[])
          AND age(t.xmin) <= (SELECT max(age(s.xid::xid)) FROM unnest($1::text[], $2::text[]) AS s (xid, name) WHERE s.name = 'pg_foreign_table')) x
    UNION ALL
    SELECT x.stxnamespace AS ns FROM (SELECT DISTINCT t.stxnamespace::oid AS stxnamespace FROM pg_statistic_ext t
        WHERE 'pg_statistic_ext' = ANY ($2::text[])
          AND age(t.xmin) <= (SELECT max(age(s.xid::xid)) FROM unnest($1::text[], $2::text[]) AS s (xid, name) WHERE s.name = 'pg_statistic_ext')) x
    UNION ALL
    SELECT x.collnamespace AS ns FROM (SELECT DISTINCT t.collnamespace::oid AS collnamespace FROM pg_collation t
        WHERE 'pg_collation' = ANY ($2::text[])
          AND age(t.xmin) <= (SELECT max(age(s.xid::xid)) FROM unnest($1::text[], $2::text[]) AS s (xid, name) WHERE s.name = 'pg_collation')) x
    UNION ALL
    SELECT x.oprnamespace AS ns FROM (SELECT DISTINCT t.oprnamespace::oid AS oprnamespace FROM pg_operator t
        WHERE 'pg_operator' = ANY ($2::text[])
          AND age(t.xmin) <= (SELECT max(age(s.xid::xid)) FROM unnest($1::text[], $2::text[]) AS s (xid, name) WHERE s.name = 'pg_operator')) x
    UNION ALL
    SELECT x.opcnamespace AS ns FROM (SELECT DISTINCT t.opcnamespace::oid AS opcnamespace FROM pg_opclass t
        WHERE 'pg_opclass' = ANY ($2::text[])
          AND age(t.xmin) <= (SELECT max(age(s.xid::xid)) FROM unnest($1::text[], $2::text[]) AS s (xid, name) WHERE s.name = 'pg_opclass')) x
    UNION ALL
    SELECT x.opfnamespace AS ns FROM (SELECT DISTINCT t.opfnamespace::oid AS opfnamespace FROM pg_opfamily t
        WHERE 'pg_opfamily' = ANY ($2::text[])
          AND age(t.xmin) <= (SELECT max(age(s.xid::xid)) FROM unnest($1::text[], $2::text[]) AS s (xid, name) WHERE s.name = 'pg_opfamily')) x
    UNION ALL
    SELECT (SELECT f.opfnamespace FROM pg_opfamily f WHERE f.oid = x.amopfamily) AS ns FROM (SELECT DISTINCT t.amopfamily::oid AS amopfamily FROM pg_amop t
        WHERE 'pg_amop' = ANY ($2::text[])
          AND age(t.xmin) <= (SELECT max(age(s.xid::xid)) FROM unnest($1::text[], $2::text[]) AS s (xid, name) WHERE s.name = 'pg_amop')) x
    UNION ALL
    SELECT (SELECT f.opfnamespace FROM pg_opfamily f WHERE f.oid = x.amprocfamily) AS ns FROM (SELECT DISTINCT t.amprocfamily::oid AS amprocfamily FROM pg_amproc t
        WHERE 'pg_amproc' = ANY ($2::text[])
          AND age(t.xmin) <= (SELECT max(age(s.xid::xid)) FROM unnest($1::text[], $2::text[]) AS s (xid, name) WHERE s.name = 'pg_amproc')) x
    UNION ALL
    SELECT x.connamespace AS ns FROM (SELECT DISTINCT t.connamespace::oid AS connamespace FROM pg_conversion t
        WHERE 'pg_conversion' = ANY ($2::text[])
          AND age(t.xmin) <= (SELECT max(age(s.xid::xid)) FROM unnest($1::text[], $2::text[]) AS s (xid, name) WHERE s.name = 'pg_conversion')) x
    UNION ALL
    SELECT x.cfgnamespace AS ns FROM (SELECT DISTINCT t.cfgnamespace::oid AS cfgnamespace FROM pg_ts_config t
        WHERE 'pg_ts_config' = ANY ($2::text[])
          AND age(t.xmin) <= (SELECT max(age(s.xid::xid)) FROM unnest($1::text[], $2::text[]) AS s (xid, name) WHERE s.name = 'pg_ts_config')) x
    UNION ALL
    SELECT (SELECT c.cfgnamespace FROM pg_ts_config c WHERE c.oid = x.mapcfg) AS ns FROM (SELECT DISTINCT t.mapcfg::oid AS mapcfg FROM pg_ts_config_map t
        WHERE 'pg_ts_config_map' = ANY ($2::text[])
          AND age(t.xmin) <= (SELECT max(age(s.xid::xid)) FROM unnest($1::text[], $2::text[]) AS s (xid, name) WHERE s.name = 'pg_ts_config_map')) x
    UNION ALL
    SELECT x.dictnamespace AS ns FROM (SELECT DISTINCT t.dictnamespace::oid AS dictnamespace FROM pg_ts_dict t
        WHERE 'pg_ts_dict' = ANY ($2::text[])
          AND age(t.xmin) <= (SELECT max(age(s.xid::xid)) FROM unnest($1::text[], $2::text[]) AS s (xid, name) WHERE s.name = 'pg_ts_dict')) x
    UNION ALL
    SELECT x.prsnamespace AS ns FROM (SELECT DISTINCT t.prsnamespace::oid AS prsnamespace FROM pg_ts_parser t
        WHERE 'pg_ts_parser' = ANY ($2::text[])
          AND age(t.xmin) <= (SELECT max(age(s.xid::xid)) FROM unnest($1::text[], $2::text[]) AS s (xid, name) WHERE s.name = 'pg_ts_parser')) x
    UNION ALL
    SELECT x.tmplnamespace AS ns FROM (SELECT DISTINCT t.tmplnamespace::oid AS tmplnamespace FROM pg_ts_template t
        WHERE 'pg_ts_template' = ANY ($2::text[])
          AND age(t.xmin) <= (SELECT max(age(s.xid::xid)) FROM unnest($1::text[], $2::text[]) AS s (xid, name) WHERE s.name = 'pg_ts_template')) x
    UNION ALL
    SELECT coalesce(
        (SELECT c.relnamespace FROM pg_class c WHERE x.classoid = 'pg_class'::regclass AND c.oid = x.objoid),
        (SELECT y.typnamespace FROM pg_type y WHERE x.classoid = 'pg_type'::regclass AND y.oid = x.objoid),
        (SELECT p.pronamespace FROM pg_proc p WHERE x.classoid = 'pg_proc'::regclass AND p.oid = x.objoid),
        (SELECT k.connamespace FROM pg_constraint k WHERE x.classoid = 'pg_constraint'::regclass AND k.oid = x.objoid),
        (SELECT (SELECT c.relnamespace FROM pg_class c WHERE c.oid = t.tgrelid)
         FROM pg_trigger t WHERE x.classoid = 'pg_trigger'::regclass AND t.oid = x.objoid),
        (SELECT (SELECT c.relnamespace FROM pg_class c WHERE c.oid = w.ev_class)
         FROM pg_rewrite w WHERE x.classoid = 'pg_rewrite'::regclass AND w.oid = x.objoid),
        (SELECT (SELECT c.relnamespace FROM pg_class c WHERE c.oid = p.polrelid)
         FROM pg_policy p WHERE x.classoid = 'pg_policy'::regclass AND p.oid = x.objoid),
        (SELECT s.stxnamespace FROM pg_statistic_ext s WHERE x.classoid = 'pg_statistic_ext'::regclass AND s.oid = x.objoid),
        (SELECT d.refobjid FROM pg_depend d
         WHERE d.classid = x.classoid AND d.objid = x.objoid AND d.refclassid = 'pg_namespace'::regclass LIMIT 1))
    FROM (SELECT DISTINCT t.classoid, t.objoid FROM pg_description t
        WHERE 'pg_description' = ANY ($2::text[])
          AND age(t.xmin) <= (SELECT max(age(s.xid::xid)) FROM unnest($1::text[], $2::text[]) AS s (xid, name) WHERE s.name = 'pg_description')) x
    UNION ALL
    SELECT x.defaclnamespace AS ns FROM (SELECT DISTINCT t.defaclnamespace::oid AS defaclnamespace FROM pg_default_acl t
        WHERE 'pg_default_acl' = ANY ($2::text[])
          AND age(t.xmin) <= (SELECT max(age(s.xid::xid)) FROM unnest($1::text[], $2::text[]) AS s (xid, name) WHERE s.name = 'pg_default_acl')) x
) changed
WHERE ns IS NOT NULL
