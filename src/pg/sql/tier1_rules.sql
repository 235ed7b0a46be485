-- Views are rules. The constraints that a view leans on are no part of it.
SELECT r.ns, {h}ROW('rule'::text, r.relname, w.rulename, w.ev_type, w.ev_enabled, w.is_instead){/h} AS base, NULL::text AS loose,
       w.ev_qual::text || ' :then ' || regexp_replace(w.ev_action::text, ' :constraintDeps \(o[0-9 ]+\)', '', 'g') AS tree
FROM relation r JOIN pg_rewrite w ON w.ev_class = r.oid
