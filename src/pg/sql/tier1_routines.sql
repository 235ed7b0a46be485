-- The own name in a body or in a setting of the search path would make each schema different: it becomes @.
SELECT r.ns, {h}ROW('routine'::text, r.proname, {arguments r}, r.prokind, r.prolang, r.prosecdef, r.proleakproof, r.proisstrict,
                    r.proretset, r.provolatile, r.proparallel, r.procost, r.prorows, r.provariadic < 16384, r.prosupport::oid,
                    r.pronargs, r.pronargdefaults, r.proargmodes, r.proargnames, r.probin, r.protrftypes,
                    CASE WHEN r.prorettype < 16384 THEN r.prorettype::text ELSE coalesce(
                        'own ' || (SELECT y.typname FROM pg_type y WHERE y.oid = r.prorettype AND y.typnamespace = r.ns),
                        r.prorettype::text) END,
                    (SELECT array_agg(coalesce(
                         'own ' || (SELECT y.typname FROM pg_type y WHERE y.oid = u.oid AND u.oid >= 16384 AND y.typnamespace = r.ns),
                         u.oid::text) ORDER BY u.n)
                     FROM unnest(r.proallargtypes) WITH ORDINALITY AS u (oid, n)),
                    (SELECT array_agg(CASE WHEN u.setting LIKE 'search_path=%'
                                           THEN regexp_replace(u.setting, '(^|[^[:alnum:]_$])' || n.pattern || '(?![[:alnum:]_$])', '\1@', 'g')
                                           ELSE u.setting END ORDER BY u.setting)
                     FROM unnest(r.proconfig) AS u (setting)),
                    CASE WHEN strpos(r.prosrc, n.quoted) = 0 THEN r.prosrc
                         ELSE regexp_replace(r.prosrc, '(^|[^[:alnum:]_$])' || n.pattern || '[[:space:]]*\.', '\1@.', 'g') END
       ){/h} AS base, NULL::text AS loose,
       CASE WHEN r.proargdefaults IS NOT NULL{>=140000: OR r.prosqlbody IS NOT NULL}
            THEN coalesce(r.proargdefaults::text, '') || ' :body ' || {>=140000:coalesce(r.prosqlbody::text, '')}{<140000:''} END AS tree
FROM routine r
JOIN (SELECT n.oid, n.quoted, '(?:"' || regexp_replace(n.quoted, '([^[:alnum:]_])', '\\\1', 'g') || '"|'
                              || regexp_replace(n.nspname, '([^[:alnum:]_])', '\\\1', 'g') || ')' AS pattern
      FROM (SELECT n.oid, n.nspname::text, replace(n.nspname, '"', '""') AS quoted
            FROM scope s JOIN pg_namespace n ON n.oid = s.oid) n) n ON n.oid = r.ns
UNION ALL
SELECT r.ns, {h}ROW('aggregate'::text, r.proname, {arguments r}, a.aggkind, a.aggnumdirectargs, a.aggfinalextra, a.aggmfinalextra,
                    a.aggfinalmodify, a.aggmfinalmodify, a.aggtransspace, a.aggmtransspace, a.agginitval, a.aggminitval,
                    (SELECT array_agg(coalesce(
                         'own ' || (SELECT p.proname FROM pg_proc p WHERE p.oid = u.oid AND u.oid >= 16384 AND p.pronamespace = r.ns),
                         'own ' || (SELECT o.oprname FROM pg_operator o WHERE o.oid = u.oid AND u.oid >= 16384 AND o.oprnamespace = r.ns),
                         'own ' || (SELECT y.typname FROM pg_type y WHERE y.oid = u.oid AND u.oid >= 16384 AND y.typnamespace = r.ns),
                         u.oid::text) ORDER BY u.n)
                     FROM unnest(ARRAY[a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn, a.aggmtransfn,
                                       a.aggminvtransfn, a.aggmfinalfn]::oid[]
                                 || ARRAY[a.aggsortop, a.aggtranstype, a.aggmtranstype]) WITH ORDINALITY AS u (oid, n))
       ){/h}, NULL, NULL
FROM routine r JOIN pg_aggregate a ON a.aggfnoid = r.oid
