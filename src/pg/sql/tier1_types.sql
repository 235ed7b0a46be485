SELECT y.ns, {h}ROW('type'::text, y.typname, y.typtype, y.typcategory, y.typispreferred, y.typisdefined, y.typdelim, y.typnotnull, y.typlen,
                    y.typbyval, y.typalign, y.typstorage, y.typtypmod, y.typndims, CASE WHEN y.typtype <> 'd' THEN y.typdefault END,
                    CASE WHEN y.typbasetype < 16384 THEN y.typbasetype::text ELSE coalesce(
                        'own ' || (SELECT b.typname FROM pg_type b WHERE b.oid = y.typbasetype AND b.typnamespace = y.ns),
                        y.typbasetype::text) END,
                    CASE WHEN y.typcollation < 16384 THEN y.typcollation::text ELSE coalesce(
                        'own ' || (SELECT l.collname FROM pg_collation l WHERE l.oid = y.typcollation AND l.collnamespace = y.ns),
                        y.typcollation::text) END,
                    CASE WHEN y.typtype IN ('b', 'p') THEN ARRAY(
                        SELECT coalesce('own ' || (SELECT p.proname FROM pg_proc p WHERE p.oid = u.oid AND p.pronamespace = y.ns), u.oid::text)
                        FROM unnest(ARRAY[y.typinput, y.typoutput, y.typreceive, y.typsend, y.typmodin, y.typmodout, y.typanalyze]::oid[])
                             WITH ORDINALITY AS u (oid, n) ORDER BY n) END
       ){/h} AS base, NULL::text AS loose, y.typdefaultbin::text AS tree
FROM type y
UNION ALL
SELECT y.ns, {h}ROW('label'::text, y.typname, e.enumlabel, e.enumsortorder){/h}, NULL, NULL
FROM type y JOIN pg_enum e ON e.enumtypid = y.oid
UNION ALL
SELECT y.ns, {h}ROW('domain constraint'::text, y.typname, k.contype, k.convalidated){/h}, k.conname::text, k.conbin::text
FROM type y JOIN pg_constraint k ON k.contypid = y.oid
UNION ALL
SELECT y.ns, {h}ROW('range'::text, y.typname, ARRAY(
           SELECT coalesce('own ' || (SELECT b.typname FROM pg_type b WHERE b.oid = u.oid AND u.oid >= 16384 AND b.typnamespace = y.ns),
                           'own ' || (SELECT p.proname FROM pg_proc p WHERE p.oid = u.oid AND u.oid >= 16384 AND p.pronamespace = y.ns),
                           'own ' || (SELECT o.opcname FROM pg_opclass o WHERE o.oid = u.oid AND u.oid >= 16384 AND o.opcnamespace = y.ns),
                           'own ' || (SELECT l.collname FROM pg_collation l WHERE l.oid = u.oid AND u.oid >= 16384 AND l.collnamespace = y.ns),
                           u.oid::text)
           FROM unnest(ARRAY[g.rngsubtype, g.rngcollation, g.rngsubopc, g.rngcanonical::oid, g.rngsubdiff::oid{>=140000:, g.rngmultitypid}])
                WITH ORDINALITY AS u (oid, n) ORDER BY n)){/h}, NULL, NULL
FROM type y JOIN pg_range g ON g.rngtypid = y.oid
