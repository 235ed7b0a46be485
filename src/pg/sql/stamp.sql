-- Which versions of the catalogue's rows the schema $1 is made of, summed up: another sum when any of them was written since. What VACUUM
-- and ANALYZE note in place is no new version. No text of the server's, no lock on a table: a fraction of what reading the schema costs.
WITH listed AS MATERIALIZED (
    SELECT d.classid, d.objid FROM pg_depend d WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = $1),
relation AS MATERIALIZED (SELECT l.objid AS oid FROM listed l WHERE l.classid = 'pg_class'::regclass),
type AS MATERIALIZED (SELECT l.objid AS oid FROM listed l WHERE l.classid = 'pg_type'::regclass),
version (class, oid, xmin, ctid) AS MATERIALIZED (
    SELECT 'pg_namespace'::regclass, x.oid, x.xmin, x.ctid FROM pg_namespace x WHERE x.oid = $1
    UNION ALL SELECT 'pg_class'::regclass, x.oid, x.xmin, x.ctid FROM relation r JOIN pg_class x ON x.oid = r.oid
    UNION ALL SELECT 'pg_class'::regclass, x.oid, x.xmin, x.ctid
              FROM relation r JOIN pg_class c ON c.oid = r.oid JOIN pg_class x ON x.oid = c.reltoastrelid
    UNION ALL SELECT 'pg_depend'::regclass, l.objid, x.xmin, x.ctid FROM listed l JOIN pg_depend x ON x.classid = l.classid AND x.objid = l.objid
    UNION ALL SELECT 'pg_attribute'::regclass, r.oid, x.xmin, x.ctid FROM relation r JOIN pg_attribute x ON x.attrelid = r.oid AND x.attnum > 0
    UNION ALL SELECT 'pg_attrdef'::regclass, r.oid, x.xmin, x.ctid FROM relation r JOIN pg_attrdef x ON x.adrelid = r.oid
    UNION ALL SELECT 'pg_constraint'::regclass, x.oid, x.xmin, x.ctid FROM relation r JOIN pg_constraint x ON x.conrelid = r.oid
    UNION ALL SELECT 'pg_constraint'::regclass, x.oid, x.xmin, x.ctid FROM type t JOIN pg_constraint x ON x.contypid = t.oid
    UNION ALL SELECT 'pg_index'::regclass, x.indexrelid, x.xmin, x.ctid FROM relation r JOIN pg_index x ON x.indrelid = r.oid
    UNION ALL SELECT 'pg_class'::regclass, x.oid, x.xmin, x.ctid
              FROM relation r JOIN pg_index i ON i.indrelid = r.oid JOIN pg_class x ON x.oid = i.indexrelid
    UNION ALL SELECT 'pg_attribute'::regclass, x.attrelid, x.xmin, x.ctid
              FROM relation r JOIN pg_index i ON i.indrelid = r.oid JOIN pg_attribute x ON x.attrelid = i.indexrelid
    UNION ALL SELECT 'pg_trigger'::regclass, x.oid, x.xmin, x.ctid FROM relation r JOIN pg_trigger x ON x.tgrelid = r.oid
    UNION ALL SELECT 'pg_rewrite'::regclass, x.oid, x.xmin, x.ctid FROM relation r JOIN pg_rewrite x ON x.ev_class = r.oid
    UNION ALL SELECT 'pg_policy'::regclass, x.oid, x.xmin, x.ctid FROM relation r JOIN pg_policy x ON x.polrelid = r.oid
    UNION ALL SELECT 'pg_inherits'::regclass, r.oid, x.xmin, x.ctid FROM relation r JOIN pg_inherits x ON x.inhrelid = r.oid
    UNION ALL SELECT 'pg_sequence'::regclass, r.oid, x.xmin, x.ctid FROM relation r JOIN pg_sequence x ON x.seqrelid = r.oid
    UNION ALL SELECT 'pg_partitioned_table'::regclass, r.oid, x.xmin, x.ctid FROM relation r JOIN pg_partitioned_table x ON x.partrelid = r.oid
    UNION ALL SELECT 'pg_foreign_table'::regclass, r.oid, x.xmin, x.ctid FROM relation r JOIN pg_foreign_table x ON x.ftrelid = r.oid
    UNION ALL SELECT 'pg_type'::regclass, x.oid, x.xmin, x.ctid FROM type t JOIN pg_type x ON x.oid = t.oid
    UNION ALL SELECT 'pg_attribute'::regclass, x.attrelid, x.xmin, x.ctid
              FROM type t JOIN pg_type c ON c.oid = t.oid JOIN pg_attribute x ON x.attrelid = c.typrelid
    UNION ALL SELECT 'pg_class'::regclass, x.oid, x.xmin, x.ctid
              FROM type t JOIN pg_type c ON c.oid = t.oid JOIN pg_class x ON x.oid = c.typrelid
    UNION ALL SELECT 'pg_enum'::regclass, x.oid, x.xmin, x.ctid FROM type t JOIN pg_enum x ON x.enumtypid = t.oid
    UNION ALL SELECT 'pg_proc'::regclass, x.oid, x.xmin, x.ctid FROM listed l JOIN pg_proc x ON l.classid = 'pg_proc'::regclass AND x.oid = l.objid
    UNION ALL SELECT l.classid, x.oid, x.xmin, x.ctid
              FROM listed l JOIN pg_statistic_ext x ON l.classid = 'pg_statistic_ext'::regclass AND x.oid = l.objid
    UNION ALL SELECT l.classid, x.oid, x.xmin, x.ctid FROM listed l JOIN pg_collation x ON l.classid = 'pg_collation'::regclass AND x.oid = l.objid
    UNION ALL SELECT l.classid, x.oid, x.xmin, x.ctid FROM listed l JOIN pg_operator x ON l.classid = 'pg_operator'::regclass AND x.oid = l.objid
    UNION ALL SELECT l.classid, x.oid, x.xmin, x.ctid FROM listed l JOIN pg_opclass x ON l.classid = 'pg_opclass'::regclass AND x.oid = l.objid
    UNION ALL SELECT l.classid, x.oid, x.xmin, x.ctid FROM listed l JOIN pg_opfamily x ON l.classid = 'pg_opfamily'::regclass AND x.oid = l.objid
    UNION ALL SELECT l.classid, l.objid, x.xmin, x.ctid FROM listed l JOIN pg_amop x ON l.classid = 'pg_opfamily'::regclass AND x.amopfamily = l.objid
    UNION ALL SELECT l.classid, l.objid, x.xmin, x.ctid
              FROM listed l JOIN pg_amproc x ON l.classid = 'pg_opfamily'::regclass AND x.amprocfamily = l.objid
    UNION ALL SELECT l.classid, x.oid, x.xmin, x.ctid FROM listed l JOIN pg_ts_config x ON l.classid = 'pg_ts_config'::regclass AND x.oid = l.objid
    UNION ALL SELECT l.classid, l.objid, x.xmin, x.ctid
              FROM listed l JOIN pg_ts_config_map x ON l.classid = 'pg_ts_config'::regclass AND x.mapcfg = l.objid
    UNION ALL SELECT l.classid, x.oid, x.xmin, x.ctid FROM listed l JOIN pg_ts_dict x ON l.classid = 'pg_ts_dict'::regclass AND x.oid = l.objid
    UNION ALL SELECT l.classid, x.oid, x.xmin, x.ctid
              FROM listed l JOIN pg_default_acl x ON l.classid = 'pg_default_acl'::regclass AND x.oid = l.objid)
SELECT concat_ws(' ', (SELECT count(*) FROM listed), count(*),
                 sum(hashtextextended(v.xmin::text || v.ctid::text, v.class::oid::int8)),
                 (SELECT sum(hashtextextended(x.xmin::text || x.ctid::text, 0))
                  FROM version v JOIN pg_description x ON x.classoid = v.class AND x.objoid = v.oid))
FROM version v
