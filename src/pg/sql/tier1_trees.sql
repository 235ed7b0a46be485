-- The rows may hold an expression as the server stores it. Such a text names objects by their OIDs, and tells where in its
-- statement each part stood. Places are left out; OIDs of objects of the same schema become names, each at its place.
, source AS NOT MATERIALIZED ({rows}),
-- A regclass constant is the rule in the defaults of serial columns: its bytes are taken out, so that the texts of thousands of
-- defaults become one.
cut AS MATERIALIZED (
    SELECT ns, base, loose,
           CASE WHEN bytes IS NULL THEN tree ELSE left(tree, start + value + 14) || substr(rest, strpos(rest, ']')) END AS head,
           CASE WHEN bytes IS NOT NULL THEN
               (bytes[1]::int8 & 255) + ((bytes[2]::int8 & 255) << 8) + ((bytes[3]::int8 & 255) << 16)
               + ((bytes[4]::int8 & 255) << 24)
           END AS constant
    FROM (SELECT *, CASE WHEN value > 0 THEN (string_to_array(left(rest, 32), ' '))[1:4] END AS bytes
          FROM (SELECT *, CASE WHEN value > 0 THEN substr(tree, start + value + 15) END AS rest
                FROM (SELECT *, CASE WHEN start > 0 THEN strpos(substr(tree, start, 250), ':constvalue 4 [ ') ELSE 0 END AS value
                      FROM (SELECT ns, base, loose, tree, strpos(tree, ':consttype 2205 ') AS start
                            FROM source WHERE tree IS NOT NULL OFFSET 0) a OFFSET 0) b OFFSET 0) c OFFSET 0) d
),
text AS MATERIALIZED (
    SELECT head, hashtextextended(stripped, 0) AS hash,
           regexp_replace(stripped, 'typmod [0-9]+', '', 'g') ~ '[1-9][0-9]{4}'
           OR stripped ~ ':consttype (24|220[2-6]|3734|3769|4089|4096|4191) [^[]*:constvalue 4 \[ [-0-9]' AS slow
    FROM (SELECT head, regexp_replace(head, ' :(location|stmt_location|stmt_len) -?[0-9]+', '', 'g') AS stripped
          FROM (SELECT DISTINCT head FROM cut) d OFFSET 0) s
),
-- The names behind the constants that were taken out. A sequence that belongs to a column is known by the column.
named AS MATERIALIZED (
    SELECT ns, constant,
           (SELECT c.relname FROM pg_class c WHERE c.oid = x.constant::oid AND c.relnamespace = x.ns) AS name,
           (SELECT (SELECT c.relname FROM pg_class c WHERE c.oid = d.refobjid AND c.relnamespace = x.ns) || '.' || d.refobjsubid
            FROM pg_depend d
            WHERE d.classid = 'pg_class'::regclass AND d.objid = x.constant::oid AND d.objsubid = 0
              AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
            LIMIT 1) AS owner
    FROM (SELECT DISTINCT ns, constant FROM cut WHERE constant IS NOT NULL) x
),
-- What is left with OIDs in it is taken apart: at its constants, then at its fields.
slow AS MATERIALIZED (
    SELECT row_number() OVER () AS id, ns, head, string_to_array(head, ' :constvalue ') AS parts
    FROM (SELECT DISTINCT c.ns, c.head FROM cut c JOIN text t ON t.head = c.head WHERE t.slow) s
),
part AS MATERIALIZED (
    SELECT s.id, s.ns, p.k,
           string_to_array(CASE WHEN p.k = 1 OR p.part LIKE '<>%' THEN p.part ELSE substr(p.part, strpos(p.part, ']')) END, ' :')
               AS fields,
           CASE WHEN p.k > 1 AND p.part NOT LIKE '<>%' THEN split_part(p.part, ' ]', 1) END AS bytes,
           CASE WHEN p.k > 1 THEN substring(right(s.parts[p.k - 1], 250), '.*:consttype ([0-9]{1,10}) ')::int8 END AS type
    FROM slow s, unnest(s.parts) WITH ORDINALITY AS p (part, k)
),
-- Constants of own types hold OIDs of labels, those of the reg* types OIDs of what they name.
word AS MATERIALIZED (
    SELECT b.id, b.ns, b.k, w.at,
           (coalesce(b.byte[w.at]::int8, 0) & 255) + ((coalesce(b.byte[w.at + 1]::int8, 0) & 255) << 8)
           + ((coalesce(b.byte[w.at + 2]::int8, 0) & 255) << 16) + ((coalesce(b.byte[w.at + 3]::int8, 0) & 255) << 24) AS number
    FROM (SELECT id, ns, k, (string_to_array(bytes, ' '))[3:] AS byte FROM part
          WHERE bytes IS NOT NULL AND (type >= 16384 OR type IN (24, 2202, 2203, 2204, 2205, 2206, 3734, 3769, 4089, 4096, 4191))
         ) b, generate_series(1, cardinality(b.byte), 4) AS w (at)
),
field AS MATERIALIZED (
    SELECT p.id, p.ns, p.k, f.i, f.field
    FROM part p, unnest(p.fields) WITH ORDINALITY AS f (field, i)
    WHERE f.field ~ '[1-9][0-9]{4}' AND f.field !~ '^(location|stmt_location|stmt_len|[a-z]*typmod) '
),
number AS MATERIALIZED (
    SELECT f.id, f.ns, f.k, f.i, n.at, n.found[1]::int8 AS number
    FROM field f, regexp_matches(f.field, '[0-9]{5,10}', 'g') WITH ORDINALITY AS n (found, at)
),
own AS MATERIALIZED (
    SELECT ns, number,
           coalesce('r ' || (SELECT c.relname FROM pg_class c WHERE c.oid = x.number::oid AND c.relnamespace = x.ns),
                    't ' || (SELECT y.typname FROM pg_type y WHERE y.oid = x.number::oid AND y.typnamespace = x.ns),
                    'f ' || (SELECT p.proname || ' ' || {arguments p} FROM pg_proc p WHERE p.oid = x.number::oid AND p.pronamespace = x.ns),
                    'e ' || (SELECT e.enumlabel || ' ' || (SELECT y.typname FROM pg_type y WHERE y.oid = e.enumtypid AND y.typnamespace = x.ns)
                             FROM pg_enum e WHERE e.oid = x.number::oid),
                    'o ' || (SELECT o.oprname || ' ' || o.oprleft || ' ' || o.oprright FROM pg_operator o
                             WHERE o.oid = x.number::oid AND o.oprnamespace = x.ns),
                    'c ' || (SELECT c.collname FROM pg_collation c WHERE c.oid = x.number::oid AND c.collnamespace = x.ns),
                    's ' || (SELECT c.cfgname FROM pg_ts_config c WHERE c.oid = x.number::oid AND c.cfgnamespace = x.ns),
                    'd ' || (SELECT d.dictname FROM pg_ts_dict d WHERE d.oid = x.number::oid AND d.dictnamespace = x.ns),
                    'n ' || (SELECT 'own' WHERE x.number = x.ns)) AS name
    FROM (SELECT ns, number FROM number WHERE number BETWEEN 16384 AND 4294967295
          UNION SELECT ns, number FROM word WHERE number BETWEEN 16384 AND 4294967295) x
),
piece AS (
    SELECT p.id, {h}ROW(p.k, f.i,
               CASE WHEN f.field ~ '^(location|stmt_location|stmt_len) '
                    THEN split_part(f.field, ' ', 1) || ltrim(substr(f.field, strpos(f.field, ' ') + 1), '-0123456789')
                    WHEN f.field ~ '[1-9][0-9]{4}' AND f.field !~ '^[a-z]*typmod ' THEN regexp_replace(f.field, '[0-9]{5,10}', '#', 'g')
                    ELSE f.field END){/h} AS hash
    FROM part p, unnest(p.fields) WITH ORDINALITY AS f (field, i)
    UNION ALL
    SELECT n.id, {h}ROW(n.k, n.i, n.at, coalesce(o.name, n.number::text)){/h}
    FROM number n LEFT JOIN own o ON o.ns = n.ns AND o.number = n.number
    UNION ALL
    SELECT w.id, {h}ROW(w.k, 'word'::text, w.at, coalesce(o.name, w.number::text)){/h}
    FROM word w LEFT JOIN own o ON o.ns = w.ns AND o.number = w.number
    UNION ALL
    SELECT p.id, {h}ROW(p.k, 'bytes'::text, CASE WHEN w.id IS NULL THEN p.bytes ELSE split_part(p.bytes, ' ', 1) END){/h}
    FROM part p LEFT JOIN (SELECT DISTINCT id, k FROM word) w ON w.id = p.id AND w.k = p.k
    WHERE p.bytes IS NOT NULL
),
whole AS (
    SELECT s.ns, s.head, t.hash
    FROM slow s JOIN (SELECT id, {h}ROW(count(*), sum(hashint4extended(0, hash))){/h} AS hash FROM piece GROUP BY id) t ON t.id = s.id
)
-- As in tier1_plain.sql.
SELECT ns, count(*), sum(shape)::text, sum(exact)::text
FROM (SELECT ns, shape, coalesce(hashtextextended(loose, shape), shape) AS exact
      FROM (SELECT ns, hashint4extended(0, base) AS shape, loose FROM source WHERE tree IS NULL
            UNION ALL
            SELECT c.ns, hashint4extended(0, {h}ROW(c.base, coalesce(w.hash, t.hash), CASE WHEN n.name IS NULL THEN c.constant END,
                                                    coalesce(n.owner, n.name::text)){/h}),
                   coalesce(c.loose || ' ' || n.name, c.loose, CASE WHEN n.owner IS NOT NULL THEN n.name::text END)
            FROM cut c
            JOIN text t ON t.head = c.head
            LEFT JOIN whole w ON t.slow AND w.ns = c.ns AND w.head = c.head
            LEFT JOIN named n ON n.ns = c.ns AND n.constant = c.constant
            OFFSET 0) s OFFSET 0) h
GROUP BY ns
