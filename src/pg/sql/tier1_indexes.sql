SELECT r.ns, {h}ROW('index'::text, r.relname, c.relkind, c.relam, c.reltablespace, c.relispartition, c.reloptions, i.indnatts, i.indnkeyatts,
                    i.indisunique, i.indisprimary, i.indisexclusion, i.indimmediate, i.indisclustered, i.indisvalid,
                    i.indisready, i.indisreplident{>=150000:, i.indnullsnotdistinct}, i.indkey::int2[], i.indoption::int2[],
                    CASE WHEN 16384 > ALL (i.indclass::oid[]) THEN i.indclass END,
                    CASE WHEN 16384 <= ANY (i.indclass::oid[]) THEN ARRAY(
                        SELECT coalesce('own ' || (SELECT o.opcname FROM pg_opclass o WHERE o.oid = u.oid AND o.opcnamespace = r.ns),
                                        u.oid::text)
                        FROM unnest(i.indclass::oid[]) WITH ORDINALITY AS u (oid, n) ORDER BY n) END,
                    CASE WHEN 16384 > ALL (i.indcollation::oid[]) THEN i.indcollation END,
                    CASE WHEN 16384 <= ANY (i.indcollation::oid[]) THEN ARRAY(
                        SELECT coalesce('own ' || (SELECT l.collname FROM pg_collation l WHERE l.oid = u.oid AND l.collnamespace = r.ns),
                                        u.oid::text)
                        FROM unnest(i.indcollation::oid[]) WITH ORDINALITY AS u (oid, n) ORDER BY n) END,
                    CASE WHEN i.indexprs IS NOT NULL THEN
                        (SELECT string_agg(a.attnum || ': ' || a.attstattarget, ', ' ORDER BY a.attnum) FROM pg_attribute a
                         WHERE a.attrelid = i.indexrelid AND a.attnum > 0 AND a.attstattarget >= 0) END
       ){/h} AS base, c.relname::text AS loose,
       CASE WHEN i.indexprs IS NOT NULL OR i.indpred IS NOT NULL
            THEN coalesce(i.indexprs::text, '') || ' where ' || coalesce(i.indpred::text, '') END AS tree
FROM relation r JOIN pg_index i ON i.indrelid = r.oid JOIN pg_class c ON c.oid = i.indexrelid
WHERE r.relkind IN ('r', 'p', 'm') AND c.relkind IN ('i', 'I')
