SELECT r.ns, {h}ROW('relation'::text, r.relname, r.relkind, r.relpersistence, r.relam, r.relrowsecurity, r.relforcerowsecurity,
                    r.relispartition, r.relispopulated, r.relreplident, r.reltablespace, r.reloptions,
                    CASE WHEN r.reloftype >= 16384 THEN coalesce(
                        (SELECT y.typname FROM pg_type y WHERE y.oid = r.reloftype AND y.typnamespace = r.ns), r.reloftype::text) END
       ){/h} AS base, NULL::text AS loose
FROM relation r
WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
UNION ALL
SELECT r.ns, {h}ROW('toast'::text, r.relname, t.reloptions){/h}, NULL
FROM relation r JOIN pg_class t ON t.oid = r.reltoastrelid
WHERE t.reloptions IS NOT NULL AND r.relkind IN ('r', 'm')
UNION ALL
SELECT r.ns, {h}ROW('foreign'::text, r.relname, f.ftserver, f.ftoptions){/h}, NULL
FROM relation r JOIN pg_foreign_table f ON f.ftrelid = r.oid
