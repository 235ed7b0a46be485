-- The tables of the catalogue that grow with the number of tables, found by name, with the sizes of their files: no lock on any
-- other. Rows by the statistics or as of the last vacuum or analyze, whichever are more: statistics are lost after a crash, and in
-- a new database they know nothing of what came with its template.
SELECT c.relname::text,
       greatest(coalesce(pg_stat_get_live_tuples(c.oid), 0), c.reltuples::int8, 0),
       coalesce(pg_stat_get_dead_tuples(c.oid), 0),
       coalesce(pg_relation_size(c.oid), 0),
       coalesce(pg_indexes_size(c.oid), 0)
FROM pg_class c
WHERE c.relnamespace = 11 AND c.relkind = 'r'
  AND c.relname = ANY (ARRAY['pg_attrdef', 'pg_attribute', 'pg_class', 'pg_constraint', 'pg_default_acl', 'pg_depend', 'pg_description',
                             'pg_enum', 'pg_index', 'pg_inherits', 'pg_init_privs', 'pg_namespace', 'pg_partitioned_table', 'pg_policy',
                             'pg_proc', 'pg_publication_rel', 'pg_rewrite', 'pg_sequence', 'pg_statistic', 'pg_statistic_ext',
                             'pg_statistic_ext_data', 'pg_trigger', 'pg_type']::name[])
ORDER BY 4 DESC, 1
