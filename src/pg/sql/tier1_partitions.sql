-- Inheritance and partitions.
SELECT r.ns, {h}ROW('parent'::text, r.relname, i.inhseqno{>=140000:, i.inhdetachpending},
                    coalesce('own ' || (SELECT c.relname FROM pg_class c WHERE c.oid = i.inhparent AND c.relnamespace = r.ns),
                             i.inhparent::text)){/h} AS base, NULL::text AS loose, NULL::text AS tree
FROM relation r JOIN pg_inherits i ON i.inhrelid = r.oid
WHERE r.relkind IN ('r', 'p', 'f')
UNION ALL
SELECT r.ns, {h}ROW('bound'::text, r.relname){/h}, NULL, r.relpartbound::text
FROM relation r
WHERE r.relispartition AND r.relkind IN ('r', 'p', 'f')
UNION ALL
SELECT r.ns, {h}ROW('key'::text, r.relname, p.partstrat, p.partnatts, p.partattrs::int2[], p.partclass, p.partcollation,
                    p.partdefid <> 0){/h}, NULL, p.partexprs::text
FROM relation r JOIN pg_partitioned_table p ON p.partrelid = r.oid
