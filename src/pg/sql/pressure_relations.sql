-- All relations in one scan of pg_class, without a function that opens any of them. What initdb made has an OID below 16384. The
-- oldest of each kind comes with its OID in the lower half of one number, so that nothing is sorted. A free space map is made from
-- five pages on, a visibility map by the first vacuum that finds a page where all is visible. $1 is the age from which on a table
-- must be frozen, $2 how many pages a file takes.
SELECT count(*) FILTER (WHERE relkind IN ('r', 'p') AND oid >= 16384 AND relpersistence <> 't'),
       count(*) FILTER (WHERE relfrozenxid <> '0'),
       {since; 14; count(*) FILTER (WHERE reltuples < 0 AND relkind IN ('r', 'p') AND oid >= 16384); NULL::int8},
       {since; 14; count(*) FILTER (WHERE reltuples < 0 AND relkind = 'p'); 0::int8},
       count(*) FILTER (WHERE relkind IN ('r', 'i', 'S', 'm', 't')),
       (count(*) FILTER (WHERE relkind IN ('r', 'i', 'S', 'm', 't'))
        + count(*) FILTER (WHERE relallvisible > 0) + count(*) FILTER (WHERE relpages > 4 AND relkind IN ('r', 'm', 't'))
        + count(*) FILTER (WHERE relpersistence = 'u')
        + coalesce(sum(relpages / $2) FILTER (WHERE relpages >= $2), 0))::int8,
       count(*) FILTER (WHERE relfrozenxid <> '0' AND age(relfrozenxid) > $1),
       coalesce(array_agg(oid) FILTER (WHERE reltuples > 3276 AND relkind IN ('r', 'm')), ARRAY[]::oid[]),
       max((age(relfrozenxid)::int8 << 32) | oid::int8) FILTER (WHERE relfrozenxid <> '0'),
       max((mxid_age(relminmxid)::int8 << 32) | oid::int8) FILTER (WHERE relminmxid <> '0')
FROM pg_class
