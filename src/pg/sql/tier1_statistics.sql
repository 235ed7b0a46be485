SELECT l.ns, {h}ROW('statistics'::text, x.stxname, x.stxkeys::int2[], x.stxkind, {>=130000:x.stxstattarget,}
                    coalesce('own ' || (SELECT c.relname FROM pg_class c WHERE c.oid = x.stxrelid AND c.relnamespace = l.ns),
                             x.stxrelid::text)){/h} AS base, NULL::text AS loose,
       {>=140000:x.stxexprs::text}{<140000:NULL::text} AS tree
FROM lonely l JOIN pg_statistic_ext x ON x.oid = l.oid
WHERE l.class = 'pg_statistic_ext'::regclass
