-- The hash of a row is linear in the hashes of its columns, so that a sum of them would not tell which value stood in which
-- row: each is hashed once more. OFFSET 0 keeps the planner from computing a row twice.
SELECT ns, count(*), sum(shape)::text, sum(exact)::text
FROM (SELECT ns, shape, coalesce(hashtextextended(loose, shape), shape) AS exact
      FROM (SELECT ns, hashint4extended(0, base) AS shape, loose FROM ({rows}) r OFFSET 0) s OFFSET 0) h
GROUP BY ns
