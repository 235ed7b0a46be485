-- Partitions are attached to their parents, children that stand alone to theirs. `of` is the parent.
SELECT 'attach', c.tableoid, c.oid, h.inhparent, h.inhseqno, CASE WHEN c.relispartition THEN 'partition ' ELSE 'child ' END || c.relname,
       CASE WHEN c.relispartition
            THEN 'ALTER TABLE ONLY ' || p.name || ' ATTACH PARTITION $.' || quote_ident(c.relname) || ' '
                 || pg_get_expr(c.relpartbound, c.oid)
            ELSE 'ALTER TABLE ONLY $.' || quote_ident(c.relname) || ' INHERIT ' || p.name END,
       NULL::text, NULL::text, NULL::text, NULL::text
FROM (SELECT t.tableoid, t.* FROM pg_class t WHERE t.oid = ANY ($1) AND t.relkind IN ('r', 'p', 'f') OFFSET 0) c
JOIN pg_inherits h ON h.inhrelid = c.oid
CROSS JOIN LATERAL (SELECT CASE WHEN r.relnamespace = c.relnamespace THEN '$.' || quote_ident(r.relname) ELSE r.oid::regclass::text END AS name
                    FROM pg_class r WHERE r.oid = h.inhparent) p
WHERE NOT {natural; c}
