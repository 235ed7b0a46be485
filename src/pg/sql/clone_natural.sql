(NOT {1}.relispartition
 AND (SELECT array_agg(w.attname ORDER BY w.place)
      FROM (SELECT v.attname, min(v.place) AS place
            FROM (SELECT p.attname, h.inhseqno * 10000::bigint + p.attnum AS place
                  FROM pg_inherits h JOIN pg_attribute p ON p.attrelid = h.inhparent
                  WHERE h.inhrelid = {1}.oid AND p.attnum > 0 AND NOT p.attisdropped
                  UNION ALL
                  SELECT o.attname, 1000000000 + o.attnum FROM pg_attribute o
                  WHERE o.attrelid = {1}.oid AND o.attnum > 0 AND NOT o.attisdropped) v
            GROUP BY v.attname) w)
   IS NOT DISTINCT FROM (SELECT array_agg(o.attname ORDER BY o.attnum) FROM pg_attribute o
      WHERE o.attrelid = {1}.oid AND o.attnum > 0 AND NOT o.attisdropped))
