-- What is hard to make again, beside what shapes/base.sql has: {s} is the schema, quoted. From a line `-- since N` on it is for that major
-- and later ones, until `-- for all`.
SET search_path = {s};
SET client_min_messages = warning;

-- Names that mean something else, or are hard to write.
CREATE TABLE pg_class (id integer PRIMARY KEY, oid integer);
CREATE DOMAIN date AS text DEFAULT 'never';
CREATE FUNCTION lower(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT pg_catalog.upper($1)';
CREATE TABLE "Odd ""name"" 'x' $1" ("select" integer, "with.dot" {s}.date, "a ""b""" text DEFAULT 'it''s \ {s}.x', "größe" text);
CREATE INDEX "Odd idx" ON "Odd ""name"" 'x' $1" ({s}.lower("größe")) WHERE "select" > 0;
CREATE VIEW hidden AS SELECT c.id, {s}.lower('a') AS l, 'x'::{s}.date AS d FROM {s}.pg_class c, pg_catalog.pg_class p WHERE c.oid::oid = p.oid;
CREATE TABLE acme (acme integer, acme_old text, "acme.x" text);
CREATE TABLE acme_acme (acme integer PRIMARY KEY);
CREATE VIEW acme_view AS SELECT acme.acme, acme.acme_old FROM acme;
CREATE FUNCTION of_acme() RETURNS bigint LANGUAGE sql AS 'SELECT sum(acme.acme) FROM acme';
COMMENT ON TABLE acme IS 'As {s}.acme and "{s}", not acme_old';

-- What was renamed keeps the names of what belongs to it; what was dropped leaves a gap.
CREATE TABLE old_name (id serial PRIMARY KEY, gone integer, parent_id integer REFERENCES old_name, code text UNIQUE CHECK (code <> ''), big bigint GENERATED ALWAYS AS IDENTITY);
CREATE INDEX ON old_name (parent_id);
ALTER TABLE old_name RENAME TO renamed;
ALTER TABLE renamed RENAME COLUMN code TO tag;
ALTER TABLE renamed DROP COLUMN gone;
ALTER TABLE renamed ADD COLUMN late integer DEFAULT 3 NOT NULL;
ALTER SEQUENCE old_name_big_seq RENAME TO another_sequence;
CREATE SEQUENCE counting AS smallint INCREMENT -2 MINVALUE -100 MAXVALUE -2 START -4 CACHE 3 CYCLE;
CREATE TABLE counted (a integer DEFAULT nextval('counting'), b integer DEFAULT nextval('{s}.counting'::text::regclass), c text DEFAULT '{s}.counting');
ALTER SEQUENCE counting OWNED BY counted.b;
COMMENT ON SEQUENCE counting IS 'Down';
COMMENT ON SEQUENCE another_sequence IS 'Of an identity';

-- What needs each other.
CREATE TABLE cyclic (a integer PRIMARY KEY, b integer);
CREATE FUNCTION of_row(cyclic) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1.a';
ALTER TABLE cyclic ADD COLUMN c integer DEFAULT of_row(NULL);
ALTER TABLE cyclic ADD CHECK (of_row(cyclic) > 0);
CREATE FUNCTION rows_of() RETURNS SETOF cyclic LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN QUERY SELECT * FROM cyclic; END $$;
CREATE VIEW of_rows AS SELECT r.a, r.b FROM rows_of() r;
CREATE VIEW first_view AS SELECT 1 AS a, 'x'::text COLLATE "C" AS t;
CREATE VIEW second_view AS SELECT a, t FROM first_view;
CREATE OR REPLACE VIEW first_view AS SELECT s.a, s.t FROM second_view s;
CREATE VIEW by_key AS SELECT a, b, count(*) FROM cyclic GROUP BY a;
CREATE FUNCTION of_key() RETURNS SETOF by_key LANGUAGE sql AS 'SELECT * FROM by_key';
CREATE DOMAIN small AS integer;
CREATE FUNCTION is_small(small) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 < 10';
ALTER DOMAIN small ADD CONSTRAINT is_small CHECK (is_small(VALUE));
COMMENT ON CONSTRAINT is_small ON DOMAIN small IS 'A digit';
CREATE TABLE ring_a (id integer PRIMARY KEY, b integer);
CREATE TABLE ring_b (id integer PRIMARY KEY, a integer REFERENCES ring_a DEFERRABLE INITIALLY DEFERRED);
ALTER TABLE ring_a ADD FOREIGN KEY (b) REFERENCES ring_b NOT VALID;
CREATE TYPE nested AS (one small, more small[]);
CREATE TYPE labels AS ENUM ('{s}.x', 'a''b', 'c\d', '');
CREATE TABLE typed_all (n nested, ns nested[], l labels DEFAULT 'a''b', ls labels[] DEFAULT ARRAY['']::labels[], r floatrange);

-- Functions of all kinds.
CREATE FUNCTION definer(schema_name text DEFAULT '{s}.x', VARIADIC numbers integer[] DEFAULT '{}') RETURNS TABLE (a integer, b text)
    LANGUAGE plpgsql SECURITY DEFINER STRICT STABLE LEAKPROOF PARALLEL RESTRICTED COST 12 ROWS 7
    SET search_path = {s}, public SET work_mem = '1MB' SET datestyle = 'ISO, DMY' AS $body$
DECLARE r {s}.cyclic%ROWTYPE; x {s}.cyclic.a%TYPE;
BEGIN
    /* {s}.cyclic is read */
    SELECT c.* INTO r FROM {s}.cyclic c WHERE c.a = {s}.of_row(c) AND 'see {s}.cyclic' <> E'a\n''{s}.b';
    EXECUTE 'DELETE FROM {s}.items WHERE what = ''{s}.x''';
    EXECUTE $q$ INSERT INTO {s}.items SELECT * FROM {s}."Odd ""name"" 'x' $1" $q$;
    PERFORM nextval('{s}.counting');
    RETURN QUERY SELECT 1, 'it''s';
END $body$;
CREATE PROCEDURE proceed(IN a integer, INOUT b text DEFAULT 'x') LANGUAGE plpgsql AS $$ BEGIN b := a::text; COMMIT; END $$;
CREATE FUNCTION state_add(integer, integer) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT coalesce($1, 0) + coalesce($2, 0)';
CREATE FUNCTION state_take(integer, integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 - $2';
CREATE FUNCTION state_end(integer) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1::text';
CREATE FUNCTION state_one(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1';
CREATE AGGREGATE added (integer) (sfunc = state_add, stype = integer, finalfunc = state_end, combinefunc = state_add, initcond = '0',
    msfunc = state_add, minvfunc = state_take, mstype = integer, minitcond = '1', mfinalfunc = state_end, parallel = safe);
CREATE AGGREGATE counted_all (*) (sfunc = state_one, stype = integer, initcond = '0');
CREATE AGGREGATE middle (double precision ORDER BY anyelement) (sfunc = ordered_set_transition, stype = internal, finalfunc = percentile_disc_final, finalfunc_extra);
COMMENT ON AGGREGATE counted_all (*) IS 'All';
COMMENT ON FUNCTION definer(text, integer[]) IS 'In {s}.cyclic';

-- Operators and what is made of them.
CREATE FUNCTION cents_less(address, address) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT ($1).zip < ($2).zip';
CREATE FUNCTION cents_more(address, address) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT ($1).zip > ($2).zip';
CREATE FUNCTION zip_compare(address, address) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT bttextcmp(($1).zip::text, ($2).zip::text)';
CREATE OPERATOR <# (leftarg = address, rightarg = address, function = cents_less, commutator = >#);
CREATE OPERATOR ># (leftarg = address, rightarg = address, function = cents_more, commutator = <#, negator = <=#);
CREATE FUNCTION larger_mood(mood, mood) RETURNS mood LANGUAGE sql IMMUTABLE AS 'SELECT greatest($1, $2)';
CREATE OPERATOR || (leftarg = mood, rightarg = mood, function = larger_mood);
CREATE OPERATOR FAMILY zips USING btree;
CREATE OPERATOR CLASS zip_ops FOR TYPE address USING btree FAMILY zips AS OPERATOR 1 <#, OPERATOR 5 >#, FUNCTION 1 zip_compare(address, address);
CREATE OPERATOR FAMILY empty_family USING hash;
CREATE TABLE zipped (home address, feeling mood);
CREATE INDEX zipped_home ON zipped (home zip_ops);
CREATE VIEW moods AS SELECT feeling OPERATOR({s}.||) feeling AS larger, added(1) FILTER (WHERE home <# home) FROM zipped GROUP BY feeling;
CREATE FUNCTION mood_number(mood) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE CAST (mood AS integer) WITH FUNCTION mood_number(mood) AS ASSIGNMENT;
CREATE CAST (labels AS mood) WITH INOUT;
COMMENT ON CAST (mood AS integer) IS 'A number';
COMMENT ON OPERATOR <# (address, address) IS 'Less';
COMMENT ON OPERATOR CLASS zip_ops USING btree IS 'By zip';
COMMENT ON OPERATOR FAMILY zips USING btree IS 'Of zips';

-- Partitions: of two levels, with columns in another order, with indexes that have names of their own.
CREATE TABLE measures (id bigint GENERATED BY DEFAULT AS IDENTITY, at timestamptz NOT NULL, region text DEFAULT 'x', value numeric CHECK (value >= 0), CONSTRAINT measures_key PRIMARY KEY (id, at, region)) PARTITION BY RANGE (at);
CREATE TABLE measures_2023 (value numeric CHECK (value >= 0), extra integer, region text NOT NULL, at timestamptz NOT NULL, id bigint NOT NULL);
ALTER TABLE measures_2023 DROP COLUMN extra;
ALTER TABLE measures_2023 RENAME CONSTRAINT measures_2023_value_check TO measures_value_check;
CREATE UNIQUE INDEX own_name ON measures_2023 (id, at, region);
ALTER TABLE measures_2023 ADD CONSTRAINT only_here CHECK (value < 1000);
ALTER TABLE measures ATTACH PARTITION measures_2023 FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE measures_2024 PARTITION OF measures FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') PARTITION BY LIST (region);
CREATE TABLE measures_2024_x PARTITION OF measures_2024 (value DEFAULT 7) FOR VALUES IN ('x', NULL);
CREATE TABLE measures_2024_rest PARTITION OF measures_2024 DEFAULT WITH (fillfactor = 50);
CREATE INDEX measured ON measures (value) INCLUDE (region);
ALTER INDEX measures_2024_x_value_region_idx RENAME TO x_measured;
CREATE INDEX only_x ON measures_2024_x (region);
CREATE TABLE hashed (a integer, b text) PARTITION BY HASH (a, lower(b));
CREATE TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE hashed_1 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE refers (m_id bigint, m_at timestamptz, m_region text, FOREIGN KEY (m_id, m_at, m_region) REFERENCES measures);
CREATE TABLE part_refers (k integer, c integer REFERENCES cyclic) PARTITION BY LIST (k);
CREATE TABLE part_refers_1 PARTITION OF part_refers FOR VALUES IN (1);
CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER measures_noted AFTER INSERT ON measures FOR EACH ROW EXECUTE FUNCTION noted('{s}.x', 'a');
ALTER TABLE measures_2024_x DISABLE TRIGGER measures_noted;
COMMENT ON TABLE measures_2024_x IS 'A leaf';
COMMENT ON INDEX x_measured IS 'Named by hand';

-- Inheritance.
CREATE TABLE parent_a (a integer DEFAULT 1 NOT NULL, b text, CONSTRAINT a_positive CHECK (a > 0), CONSTRAINT mine CHECK (a < 100) NO INHERIT);
CREATE TABLE parent_b (b text, c integer);
CREATE TABLE child_ab (d integer, c integer) INHERITS (parent_a, parent_b);
ALTER TABLE child_ab ALTER a SET DEFAULT 2, ALTER b SET NOT NULL, ADD CONSTRAINT d_positive CHECK (d > 0);
CREATE TABLE grandchild () INHERITS (child_ab);
ALTER TABLE grandchild ALTER a DROP DEFAULT;
CREATE TABLE adopted (a integer NOT NULL, b text, CONSTRAINT a_positive CHECK (a > 0));
ALTER TABLE adopted INHERIT parent_a;

-- Views.
CREATE VIEW checked WITH (security_barrier = true) AS SELECT a, b FROM cyclic WHERE b > 0 WITH LOCAL CHECK OPTION;
ALTER VIEW checked ALTER b SET DEFAULT 5;
COMMENT ON VIEW checked IS 'Checked';
COMMENT ON COLUMN checked.b IS 'Positive';
CREATE RECURSIVE VIEW steps (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM steps WHERE n < 5;
CREATE VIEW renamed_columns AS SELECT a AS x, b FROM cyclic;
ALTER VIEW renamed_columns RENAME COLUMN x TO y;
CREATE VIEW nothing AS SELECT;
CREATE MATERIALIZED VIEW sums WITH (fillfactor = 80) AS SELECT b, count(*) AS n FROM cyclic GROUP BY b;
CREATE UNIQUE INDEX sums_b ON sums (b);
ALTER MATERIALIZED VIEW sums CLUSTER ON sums_b;
ALTER MATERIALIZED VIEW sums ALTER COLUMN n SET STATISTICS 77;
CREATE VIEW of_sums AS SELECT n FROM sums;
CREATE MATERIALIZED VIEW a_sums_of_sums AS SELECT sum(n) AS total FROM of_sums;
CREATE MATERIALIZED VIEW unfilled AS SELECT 1 AS a WITH NO DATA;
COMMENT ON MATERIALIZED VIEW sums IS 'Counted';
COMMENT ON COLUMN sums.n IS 'How many';

-- Rules, triggers, policies and what switches them.
CREATE RULE also AS ON UPDATE TO ring_a DO ALSO (INSERT INTO ring_b VALUES (new.id); DELETE FROM {s}.ring_b WHERE id = old.id AND 'x' <> '{s}.y');
CREATE RULE off AS ON DELETE TO ring_a DO INSTEAD NOTHING;
ALTER TABLE ring_a DISABLE RULE off;
CREATE RULE always AS ON INSERT TO ring_b WHERE new.id < 0 DO INSTEAD NOTHING;
ALTER TABLE ring_b ENABLE ALWAYS RULE always;
CREATE RULE into_view AS ON INSERT TO renamed_columns DO INSTEAD INSERT INTO cyclic (a, b) VALUES (new.y, new.b) RETURNING a, b;
CREATE RULE hidden_rule AS ON UPDATE TO {s}.pg_class DO ALSO NOTHING;
COMMENT ON RULE off ON ring_a IS 'Off';
CREATE TRIGGER "Trig ""1""" BEFORE INSERT OR UPDATE OF b ON cyclic FOR EACH ROW WHEN (NEW.b > 0 AND NEW.* IS DISTINCT FROM NULL) EXECUTE FUNCTION noted();
CREATE TRIGGER switched_off AFTER DELETE ON cyclic REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION noted();
ALTER TABLE cyclic DISABLE TRIGGER switched_off;
CREATE TRIGGER for_replicas AFTER TRUNCATE ON cyclic FOR EACH STATEMENT EXECUTE FUNCTION noted();
ALTER TABLE cyclic ENABLE REPLICA TRIGGER for_replicas;
CREATE CONSTRAINT TRIGGER later AFTER INSERT ON cyclic FROM ring_a DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION noted();
ALTER TABLE cyclic ENABLE ALWAYS TRIGGER later;
CREATE TRIGGER instead INSTEAD OF DELETE ON checked FOR EACH ROW EXECUTE FUNCTION noted();
CREATE TRIGGER on_hidden BEFORE INSERT ON {s}.pg_class FOR EACH ROW EXECUTE FUNCTION noted();
COMMENT ON TRIGGER "Trig ""1""" ON cyclic IS 'One';
CREATE POLICY restricting ON cyclic AS RESTRICTIVE FOR UPDATE TO clones_reader, clones_owner USING (a IN (SELECT o.id FROM ring_a o)) WITH CHECK (b > 0);
CREATE POLICY "for all" ON cyclic;
COMMENT ON POLICY "for all" ON cyclic IS 'Nobody';
ALTER TABLE cyclic ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE pair FORCE ROW LEVEL SECURITY;

-- What tables and indexes have beside columns.
CREATE TABLE settled_all (a integer NOT NULL, b text, c jsonb, d integer, EXCLUDE USING btree (a WITH =) WITH (fillfactor = 60) DEFERRABLE) WITH (fillfactor = 70, toast.autovacuum_enabled = false);
ALTER TABLE settled_all ALTER b SET STORAGE MAIN, ALTER c SET STATISTICS 1234, ALTER d SET (n_distinct = -0.5, n_distinct_inherited = 3), ALTER b SET (n_distinct = 7);
CREATE UNIQUE INDEX settled_a ON settled_all (a);
ALTER TABLE settled_all REPLICA IDENTITY USING INDEX settled_a, CLUSTER ON settled_a;
CREATE INDEX settled_expression ON settled_all ((d * 2), (b || 'x')) WHERE b <> '{s}.y';
ALTER INDEX settled_expression ALTER COLUMN 2 SET STATISTICS 99;
ALTER TABLE settled_all ADD CONSTRAINT late_check CHECK (d > 3) NOT VALID;
ALTER TABLE settled_all ADD CONSTRAINT with_options UNIQUE (b) WITH (fillfactor = 40);
COMMENT ON CONSTRAINT with_options ON settled_all IS 'The constraint';
COMMENT ON INDEX with_options IS 'The index';
ALTER TABLE ring_b REPLICA IDENTITY NOTHING;
ALTER TABLE counted REPLICA IDENTITY FULL;
CREATE STATISTICS told (mcv) ON a, d FROM settled_all;
ALTER STATISTICS told SET STATISTICS 44;
COMMENT ON STATISTICS told IS 'Together';
COMMENT ON COLUMN typed.street IS 'Of a typed table';
COMMENT ON COLUMN address.zip IS 'Of a type';
COMMENT ON TYPE address IS 'Where';
COMMENT ON DOMAIN small IS 'A digit';
CREATE FOREIGN TABLE far (a integer OPTIONS (one 'two', "Odd" '{s}.x') NOT NULL, b text DEFAULT 'x', z text COLLATE "C", CHECK (a > 0)) INHERITS (parent_b) SERVER {server} OPTIONS (table_name 'far', other 'it''s');
COMMENT ON FOREIGN TABLE far IS 'Far away';
CREATE TEXT SEARCH DICTIONARY synonyms (TEMPLATE = simple, StopWords = english, Accept = false);
CREATE TEXT SEARCH CONFIGURATION full_search (PARSER = spare_parser);
ALTER TEXT SEARCH CONFIGURATION full_search ADD MAPPING FOR asciiword, word WITH synonyms, english_stem;
ALTER TEXT SEARCH CONFIGURATION full_search ADD MAPPING FOR email WITH simple;
COMMENT ON TEXT SEARCH DICTIONARY synonyms IS 'Words';

-- Who owns what and may use it.
ALTER TABLE pair OWNER TO clones_other;
ALTER FUNCTION state_end(integer) OWNER TO clones_other;
ALTER TYPE labels OWNER TO clones_other;
GRANT SELECT, INSERT ON cyclic TO clones_reader WITH GRANT OPTION;
GRANT SELECT ON cyclic TO PUBLIC;
REVOKE DELETE, TRUNCATE ON ring_a FROM CURRENT_USER;
REVOKE ALL ON ring_b FROM CURRENT_USER;
GRANT SELECT (a), UPDATE (a, b) ON pair TO clones_reader;
GRANT REFERENCES (id) ON ring_a TO PUBLIC;
GRANT USAGE, UPDATE ON SEQUENCE counting TO clones_reader;
GRANT SELECT ON SEQUENCE another_sequence TO clones_reader;
REVOKE EXECUTE ON FUNCTION definer(text, integer[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION definer(text, integer[]) TO clones_reader;
REVOKE EXECUTE ON PROCEDURE proceed(integer, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION counted_all() TO clones_reader WITH GRANT OPTION;
REVOKE USAGE ON TYPE labels FROM PUBLIC;
GRANT USAGE ON TYPE small TO clones_reader;
GRANT SELECT ON checked, sums TO clones_reader;
GRANT USAGE ON SCHEMA {s} TO clones_reader;
GRANT CREATE, USAGE ON SCHEMA {s} TO clones_other WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES IN SCHEMA {s} GRANT SELECT ON TABLES TO clones_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE clones_other IN SCHEMA {s} GRANT EXECUTE ON FUNCTIONS TO clones_reader WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES FOR ROLE clones_other IN SCHEMA {s} GRANT USAGE ON SEQUENCES TO PUBLIC;

-- since 14
ALTER TABLE settled_all ALTER b SET COMPRESSION pglz;
CREATE FUNCTION atomic(a integer) RETURNS bigint LANGUAGE sql STABLE SET search_path = {s} BEGIN ATOMIC SELECT count(*) FROM cyclic y WHERE y.a = atomic.a; SELECT of_row(y) FROM cyclic y; END;
CREATE FUNCTION returning_one() RETURNS integer LANGUAGE sql IMMUTABLE RETURN 1;
CREATE FUNCTION itself(n integer) RETURNS integer LANGUAGE sql RETURN 1;
CREATE OR REPLACE FUNCTION itself(n integer) RETURNS integer LANGUAGE sql RETURN CASE WHEN n > 0 THEN itself(n - 1) ELSE 0 END;
CREATE VIEW ping AS SELECT 1 AS a;
CREATE FUNCTION pong() RETURNS SETOF ping LANGUAGE sql BEGIN ATOMIC SELECT a FROM ping; END;
CREATE OR REPLACE VIEW ping AS SELECT p.a FROM pong() p;
CREATE FUNCTION upserts(integer) RETURNS void LANGUAGE sql BEGIN ATOMIC INSERT INTO settled_all (a) VALUES ($1) ON CONFLICT (a) DO NOTHING; END;
CREATE TABLE generated (a integer, b integer GENERATED ALWAYS AS (returning_one() + a) STORED, c bigint DEFAULT atomic(1));
CREATE STATISTICS of_expressions ON (d * 2), b FROM settled_all;
CREATE PROCEDURE gives(OUT a integer, IN b text) LANGUAGE sql BEGIN ATOMIC SELECT 1; END;
CREATE TYPE named_range AS RANGE (subtype = integer, multirange_type_name = many_of_them);
CREATE TABLE ranged (a many_of_them);
-- since 15
CREATE UNLOGGED SEQUENCE unlogged_one;
ALTER TABLE settled_all ADD CONSTRAINT no_twice UNIQUE NULLS NOT DISTINCT (d);
CREATE TABLE deleted_columns (a integer, b integer, c integer, PRIMARY KEY (a));
CREATE TABLE sets_some (a integer REFERENCES deleted_columns ON DELETE SET NULL (a));
CREATE VIEW invoking WITH (security_invoker = true) AS SELECT a FROM cyclic;
-- since 17
CREATE MATERIALIZED VIEW kept AS SELECT 1 AS a;
GRANT MAINTAIN ON cyclic TO clones_reader;
-- since 18
CREATE TABLE newest (k int4range, a integer CONSTRAINT a_there NOT NULL, b integer GENERATED ALWAYS AS (a * 2) VIRTUAL, c integer, d integer, e int4range, PRIMARY KEY (k, e WITHOUT OVERLAPS));
ALTER TABLE newest ADD CONSTRAINT c_there NOT NULL c NOT VALID, ADD CONSTRAINT never CHECK (d > 0) NOT ENFORCED, ADD CONSTRAINT mine NOT NULL d NO INHERIT;
CREATE TABLE periods (k int4range, a integer, e int4range, FOREIGN KEY (k, PERIOD e) REFERENCES newest (k, PERIOD e), FOREIGN KEY (a) REFERENCES cyclic NOT ENFORCED);
CREATE TABLE inherits_names () INHERITS (newest);
-- for all
RESET search_path;
