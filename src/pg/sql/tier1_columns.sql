SELECT r.ns, {h}ROW(r.relname, a.attnum, a.attname, CASE WHEN a.atttypid < 16384 THEN a.atttypid END,
                    CASE WHEN a.atttypid >= 16384 THEN coalesce(
                        'own ' || (SELECT y.typname FROM pg_type y WHERE y.oid = a.atttypid AND y.typnamespace = r.ns),
                        a.atttypid::text) END,
                    a.atttypmod, a.attnotnull, a.atthasdef, a.attidentity, a.attgenerated, a.attstorage, a.attstattarget,
                    a.attislocal, a.attinhcount, a.attoptions, a.attfdwoptions{>=140000:, a.attcompression},
                    CASE WHEN a.attcollation < 16384 THEN a.attcollation END,
                    CASE WHEN a.attcollation >= 16384 THEN coalesce(
                        'own ' || (SELECT l.collname FROM pg_collation l WHERE l.oid = a.attcollation AND l.collnamespace = r.ns),
                        a.attcollation::text) END
       ){/h} AS base, NULL::text AS loose
FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid
WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND a.attnum > 0 AND NOT a.attisdropped
