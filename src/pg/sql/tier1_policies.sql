SELECT r.ns, {h}ROW('policy'::text, r.relname, p.polname, p.polcmd, p.polpermissive,
                    (SELECT array_agg(CASE WHEN u.oid = n.nspowner THEN 1 ELSE u.oid END ORDER BY u.oid)
                     FROM unnest(p.polroles) AS u (oid))){/h} AS base, NULL::text AS loose,
       coalesce(p.polqual::text, '') || ' :check ' || coalesce(p.polwithcheck::text, '') AS tree
FROM relation r JOIN pg_policy p ON p.polrelid = r.oid JOIN pg_namespace n ON n.oid = r.ns
