SELECT r.ns, {h}ROW('default'::text, r.relname, d.adnum){/h} AS base, NULL::text AS loose, d.adbin::text AS tree
FROM relation r JOIN pg_attrdef d ON d.adrelid = r.oid
