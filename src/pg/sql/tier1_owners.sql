-- Only what belongs to somebody else than the schema does.
SELECT x.ns, {h}ROW('owner'::text, x.kind, x.name, x.owner){/h} AS base, NULL::text AS loose
FROM (SELECT r.ns, 'relation'::text AS kind, r.relname::text AS name, r.relowner AS owner FROM relation r
      WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
      UNION ALL SELECT y.ns, 'type', y.typname, y.typowner FROM type y
      UNION ALL SELECT p.ns, 'routine', p.proname || {arguments p}, p.proowner FROM routine p
      UNION ALL SELECT l.ns, 'statistics', x.stxname, x.stxowner FROM lonely l JOIN pg_statistic_ext x ON x.oid = l.oid
      WHERE l.class = 'pg_statistic_ext'::regclass) x
JOIN pg_namespace n ON n.oid = x.ns AND n.nspowner <> x.owner
