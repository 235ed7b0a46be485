-- Views of many forms, which majors write differently: with or without the name of the only table before its columns.
SET search_path = {s};
CREATE TABLE t (id integer PRIMARY KEY, a integer, b text, c timestamptz, d jsonb, e numeric, "Odd name" integer);
CREATE TABLE u (id integer, t_id integer, x text);
CREATE VIEW all_columns AS SELECT * FROM t;
CREATE VIEW grouped AS SELECT a, count(*) FROM t GROUP BY a ORDER BY a DESC LIMIT 3;
CREATE VIEW distinct_on AS SELECT DISTINCT ON (a) a, b FROM t ORDER BY a, c DESC;
CREATE VIEW with_query AS WITH x AS (SELECT a, b FROM t WHERE a > 1) SELECT x.a FROM x;
CREATE VIEW united AS SELECT a FROM t UNION ALL SELECT id FROM u;
CREATE VIEW joined AS SELECT t.a, u.x FROM t LEFT JOIN u USING (id);
CREATE VIEW windowed AS SELECT a, row_number() OVER (PARTITION BY b ORDER BY c) FROM t;
CREATE VIEW correlated AS
    SELECT CASE WHEN a > 1 THEN 'x' ELSE b END AS y, coalesce(a, 0) FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.t_id = t.id);
CREATE VIEW operators AS
    SELECT d ->> 'x' AS x, d @> '{"a":1}' AS y FROM t WHERE b LIKE 'x%' AND a BETWEEN 1 AND 3 AND NOT (a = 2);
CREATE VIEW whole_row AS SELECT t FROM t;
CREATE VIEW of_function AS SELECT g FROM generate_series(1, 3) g;
CREATE VIEW of_query AS SELECT s.a FROM (SELECT a, b FROM t) s WHERE s.a IN (1, 2, 3);
CREATE VIEW swapped AS SELECT a AS b, b AS a FROM t ORDER BY t.a;
CREATE VIEW sets AS SELECT sum(e) FILTER (WHERE a > 0), array_agg(b ORDER BY c) FROM t GROUP BY GROUPING SETS ((a), (b));
CREATE VIEW sideways AS SELECT l.x FROM t, LATERAL (SELECT u.x FROM u WHERE u.t_id = t.id) l;
CREATE VIEW aliased AS SELECT "Odd name" FROM t "Odd alias" WHERE "Odd name" IS DISTINCT FROM a;
CREATE VIEW listed AS VALUES (1, 'a'), (2, 'b');
CREATE VIEW locking AS SELECT a FROM ONLY t WHERE (a, id) IN (SELECT t_id, id FROM u) FOR UPDATE;
CREATE VIEW having_sum AS SELECT a, sum(e) AS e FROM t GROUP BY a HAVING sum(e) > 3 ORDER BY sum(e);
CREATE VIEW recursive AS WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT n FROM r;
CREATE VIEW arrays AS SELECT a FROM t WHERE a = ANY (ARRAY[1, 2]) AND b = ANY ('{x,y}'::text[]) AND -a < 1 AND (a + 1) * 2 > 3;
CREATE VIEW crossed AS SELECT x.a, y.a AS a2 FROM t x CROSS JOIN t y;
CREATE VIEW sampled AS SELECT a FROM t TABLESAMPLE SYSTEM (10);
CREATE VIEW inner_query AS SELECT (SELECT max(u.id) FROM u), t.a FROM t;
CREATE VIEW with_ordinality AS SELECT v, o FROM unnest(ARRAY[1, 2]) WITH ORDINALITY f (v, o);
CREATE VIEW words AS
    SELECT to_char(c, 'YYYY') AS y, b COLLATE "C" AS bb, current_date AS d, b SIMILAR TO 'q' AS s, a IS NULL AS n, greatest(a, id) FROM t;
CREATE VIEW by_key AS SELECT id, a, b FROM t GROUP BY id;
RESET search_path;
