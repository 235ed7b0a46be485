-- Single alterations of base.sql, and what a comparison with the unaltered schema must say of each: all of it and nothing else.
--   == the name of the case [since MAJOR]
--   => a difference; without any the alteration must not be noticed at all

-- == schema: its own comment says whose it is and is no difference
COMMENT ON SCHEMA {s} IS 'Another tenant';
-- == schema: grants
-- => changed schema @: grants
GRANT USAGE ON SCHEMA {s} TO shapes_reader;
-- == schema: default grants
-- => changed schema @: default grants
ALTER DEFAULT PRIVILEGES IN SCHEMA {s} GRANT SELECT ON TABLES TO shapes_reader;

-- == table: missing
-- => missing table cache
DROP TABLE cache;
-- == table: extra
-- => extra table another
CREATE TABLE another (id serial PRIMARY KEY, what text CHECK (what <> ''));
-- == table: renamed
-- => missing table pair
-- => extra table couple
ALTER TABLE pair RENAME TO couple;
-- == table: persistence
-- => changed table cache: persistence
ALTER TABLE cache SET LOGGED;
-- == table: options
-- => changed table items: options
ALTER TABLE items SET (autovacuum_enabled = on);
-- == table: options of its toast
-- => changed table orders: toast options
ALTER TABLE orders SET (toast.autovacuum_enabled = off);
-- == table: row security
-- => changed table orders: row security
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
-- == table: forced row security
-- => changed table secrets: row security
ALTER TABLE secrets FORCE ROW LEVEL SECURITY;
-- == table: replica identity
-- => changed table orders: replica identity
ALTER TABLE orders REPLICA IDENTITY FULL;
-- == table: inherits
-- => changed table login_log: inherits
-- => changed column login_log.at: inherited
-- => changed column login_log.what: inherited
-- => changed constraint base_log_what_check on login_log: inherited
ALTER TABLE login_log NO INHERIT base_log;
-- == table: bound
-- => changed table events_2024: bound
ALTER TABLE events DETACH PARTITION events_2024;
ALTER TABLE events ATTACH PARTITION events_2024 FOR VALUES FROM ('2024-01-01') TO ('2025-02-01');
-- == table: partition of
-- => changed table events_2024: bound, partition of
-- => changed column events_2024.at: inherited
-- => changed column events_2024.id: inherited
-- => changed column events_2024.kind: inherited
-- => extra index events_2024_kind_idx on events_2024
ALTER TABLE events DETACH PARTITION events_2024;
-- == table: partition key
-- => changed table keyed: partition key
DROP TABLE keyed;
CREATE TABLE keyed (a integer, b integer) PARTITION BY LIST (b);
-- == table: of type
-- => changed table typed: of type
ALTER TABLE typed NOT OF;
-- == table: comment
-- => changed table customers: comment
COMMENT ON TABLE customers IS NULL;
-- == table: owner
-- => changed table secrets: owner
ALTER TABLE secrets OWNER TO shapes_other;
-- == table: grants
-- => changed table orders: grants
GRANT SELECT ON orders TO shapes_reader;
-- == table: a right may be passed on
-- => changed table granted: grants
GRANT SELECT ON granted TO shapes_reader WITH GRANT OPTION;
-- == table: nobody has a right any more
-- => changed table orders: grants
REVOKE ALL ON orders FROM postgres;
-- == table: the default said aloud is the default
REVOKE ALL ON orders FROM shapes_reader;
GRANT ALL ON orders TO postgres;

-- == column: missing
-- => missing column items.what
ALTER TABLE items DROP COLUMN what;
-- == column: extra
-- => extra column orders.another
ALTER TABLE orders ADD COLUMN another integer;
-- == column: renamed
-- => missing column items.what
-- => extra column items.which
ALTER TABLE items RENAME COLUMN what TO which;
-- == column: dropped and made again at the same place
ALTER TABLE items DROP COLUMN what;
ALTER TABLE items ADD COLUMN what text;
-- == column: position
-- => changed column pair.a: position
ALTER TABLE pair DROP COLUMN a;
ALTER TABLE pair ADD COLUMN a integer;
-- == column: type
-- => changed column items.what: type
ALTER TABLE items ALTER COLUMN what TYPE character varying;
-- == column: length of its type
-- => changed column customers.email: type
ALTER TABLE customers ALTER COLUMN email TYPE character varying(100);
-- == column: type of its own schema
-- => changed column pair.a: type
ALTER TABLE pair ALTER COLUMN a TYPE cents;
-- == column: collation
-- => changed column items.what: collation
ALTER TABLE items ALTER COLUMN what TYPE text COLLATE "C";
-- == column: collation of its own schema
-- => changed column items.what: collation
ALTER TABLE items ALTER COLUMN what TYPE text COLLATE plain;
-- == column: not null
-- => changed column items.what: not null
ALTER TABLE items ALTER COLUMN what SET NOT NULL;
-- == column: null
-- => changed column customers.name: not null
ALTER TABLE customers ALTER COLUMN name DROP NOT NULL;
-- == column: not null, not valid since 18
-- => changed column items.what: not null
ALTER TABLE items ADD CONSTRAINT what_given NOT NULL what NOT VALID;
-- == column: not null under another name since 18
ALTER TABLE customers RENAME CONSTRAINT customers_name_not_null TO name_there;
-- == column: default
-- => changed column orders.note: default
ALTER TABLE orders ALTER COLUMN note SET DEFAULT 'none';
-- == column: no default
-- => changed column orders.placed: default
ALTER TABLE orders ALTER COLUMN placed DROP DEFAULT;
-- == column: another default
-- => changed column orders.total: default
ALTER TABLE orders ALTER COLUMN total SET DEFAULT 0.01;
-- == column: a default by an own function
-- => changed column orders.counter: default
ALTER TABLE orders ALTER COLUMN counter SET DEFAULT next_number(2);
-- == column: a default by another sequence
-- => changed column orders.number: default
ALTER TABLE orders ALTER COLUMN number SET DEFAULT nextval('spare_numbers');
-- == column: a default by another sequence than its own
-- => changed column orders.id: default
ALTER TABLE orders ALTER COLUMN id SET DEFAULT nextval('spare_numbers');
-- == column: a default of an own enum
-- => changed column customers.feeling: default
ALTER TABLE customers ALTER COLUMN feeling SET DEFAULT 'busy';
-- == column: identity
-- => changed column customers.id: identity
ALTER TABLE customers ALTER COLUMN id SET GENERATED ALWAYS;
-- == column: no identity
-- => changed column customers.id: identity
-- => missing sequence customers_id_seq
ALTER TABLE customers ALTER COLUMN id DROP IDENTITY;
-- == column: no longer generated
-- => changed column orders.tax: generated
ALTER TABLE orders ALTER COLUMN tax DROP EXPRESSION;
-- == column: generated otherwise since 17
-- => changed column orders.tax: generated
ALTER TABLE orders ALTER COLUMN tax SET EXPRESSION AS (total * 0.3);
-- == column: storage
-- => changed column items.what: storage
ALTER TABLE items ALTER COLUMN what SET STORAGE EXTERNAL;
-- == column: compression since 14
-- => changed column items.what: compression
ALTER TABLE items ALTER COLUMN what SET COMPRESSION pglz;
-- == column: statistics
-- => changed column items.what: statistics
ALTER TABLE items ALTER COLUMN what SET STATISTICS 500;
-- == column: options
-- => changed column items.what: options
ALTER TABLE items ALTER COLUMN what SET (n_distinct = 5);
-- == column: comment
-- => changed column customers.name: comment
COMMENT ON COLUMN customers.name IS 'As we write it';
-- == column: grants
-- => changed column orders.note: grants
GRANT SELECT (note) ON orders TO shapes_reader;

-- == constraint: missing
-- => missing constraint name_given on customers
ALTER TABLE customers DROP CONSTRAINT name_given;
-- == constraint: extra
-- => extra constraint orders_note_check on orders
ALTER TABLE orders ADD CHECK (note <> '');
-- == constraint: renamed
-- => renamed constraint name_given on customers
ALTER TABLE customers RENAME CONSTRAINT name_given TO has_a_name;
-- == constraint: check
-- => changed constraint name_given on customers: definition
ALTER TABLE customers DROP CONSTRAINT name_given;
ALTER TABLE customers ADD CONSTRAINT name_given CHECK (name <> '' AND length(name) < 100);
-- == constraint: check by own functions
-- => changed constraint orders_counter_check on orders: definition
ALTER TABLE orders DROP CONSTRAINT orders_counter_check;
ALTER TABLE orders ADD CHECK (next_number(counter, 2) > 0);
-- == constraint: no inherit
-- => changed constraint name_given on customers: definition
ALTER TABLE customers DROP CONSTRAINT name_given;
ALTER TABLE customers ADD CONSTRAINT name_given CHECK (name <> '' AND length(name) < 200) NO INHERIT;
-- == constraint: not valid
-- => changed constraint name_given on customers: valid
ALTER TABLE customers DROP CONSTRAINT name_given;
ALTER TABLE customers ADD CONSTRAINT name_given CHECK (name <> '' AND length(name) < 200) NOT VALID;
-- == constraint: inherited
-- => extra constraint base_log_check on base_log
-- => extra constraint base_log_check on login_log
ALTER TABLE base_log ADD CHECK (what <> '' OR at IS NOT NULL);
-- == foreign key: missing
-- => missing constraint items_order_id_fkey on items
ALTER TABLE items DROP CONSTRAINT items_order_id_fkey;
-- == foreign key: on delete
-- => changed constraint customers_parent_id_fkey on customers: definition
ALTER TABLE customers DROP CONSTRAINT customers_parent_id_fkey;
ALTER TABLE customers ADD FOREIGN KEY (parent_id) REFERENCES customers ON DELETE SET NULL;
-- == foreign key: deferrable
-- => changed constraint orders_customer_fkey on orders: definition
ALTER TABLE orders ALTER CONSTRAINT orders_customer_fkey NOT DEFERRABLE;
-- == foreign key: initially deferred
-- => changed constraint orders_customer_fkey on orders: definition
ALTER TABLE orders ALTER CONSTRAINT orders_customer_fkey INITIALLY DEFERRED;
-- == foreign key: not valid
-- => changed constraint items_order_id_fkey on items: valid
ALTER TABLE items DROP CONSTRAINT items_order_id_fkey;
ALTER TABLE items ADD FOREIGN KEY (order_id) REFERENCES orders MATCH FULL ON UPDATE CASCADE NOT VALID;
-- == foreign key: to another schema
-- => changed constraint customers_parent_id_fkey on customers: definition
ALTER TABLE customers DROP CONSTRAINT customers_parent_id_fkey;
ALTER TABLE customers ADD FOREIGN KEY (parent_id) REFERENCES elsewhere.customers ON DELETE CASCADE;
-- == foreign key: not checked
-- => changed constraint items_order_id_fkey on items: triggers
ALTER TABLE items DISABLE TRIGGER ALL;
-- == foreign key: not enforced since 18
-- => changed constraint customers_parent_id_fkey on customers: definition
ALTER TABLE customers ALTER CONSTRAINT customers_parent_id_fkey NOT ENFORCED;
-- == primary key: missing
-- => missing constraint cache_pkey on cache
ALTER TABLE cache DROP CONSTRAINT cache_pkey;
-- == primary key: renamed
-- => renamed constraint customers_pkey on customers
ALTER INDEX customers_pkey RENAME TO pk_customers;
-- == primary key: clustered
-- => changed constraint items_pkey on items: clustered
ALTER TABLE items CLUSTER ON items_pkey;
-- == primary key: replica identity
-- => changed table items: replica identity
-- => changed constraint items_pkey on items: replica identity
ALTER TABLE items REPLICA IDENTITY USING INDEX items_pkey;
-- == primary key: order of its columns
-- => changed constraint items_pkey on items: definition
ALTER TABLE items DROP CONSTRAINT items_pkey;
ALTER TABLE items ADD PRIMARY KEY (line, order_id);
-- == unique: options of its index
-- => changed constraint customers_email_key on customers: index options
ALTER INDEX customers_email_key SET (fillfactor = 60);
-- == unique: invalid index
-- => changed constraint customers_email_key on customers: valid index
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'customers_email_key'::regclass;
-- == unique: an index instead
-- => missing constraint customers_email_key on customers
-- => extra index customers_email_key on customers
ALTER TABLE customers DROP CONSTRAINT customers_email_key;
CREATE UNIQUE INDEX customers_email_key ON customers (email);
-- == exclusion: missing
-- => missing constraint orders_during_excl on orders
ALTER TABLE orders DROP CONSTRAINT orders_during_excl;
-- == exclusion: where
-- => changed constraint orders_during_excl on orders: definition
ALTER TABLE orders DROP CONSTRAINT orders_during_excl;
ALTER TABLE orders ADD EXCLUDE USING gist (during WITH &&) WHERE (during <> 'empty');
-- == constraint: comment
-- => changed constraint name_given on customers: comment
COMMENT ON CONSTRAINT name_given ON customers IS 'Why';

-- == index: missing
-- => missing index orders_number on orders
DROP INDEX orders_number;
-- == index: extra
-- => extra index items_what on items
CREATE INDEX items_what ON items (what);
-- == index: renamed
-- => renamed index orders_note on orders
ALTER INDEX orders_note RENAME TO ix_orders_note;
-- == index: where
-- => changed index orders_placed on orders: definition
DROP INDEX orders_placed;
CREATE INDEX orders_placed ON orders (placed DESC NULLS LAST) WHERE total > 1;
-- == index: order
-- => changed index orders_placed on orders: definition
DROP INDEX orders_placed;
CREATE INDEX orders_placed ON orders (placed DESC) WHERE total > 0;
-- == index: unique
-- => changed index orders_number on orders: definition
DROP INDEX orders_number;
CREATE INDEX orders_number ON orders (number) INCLUDE (total);
-- == index: included columns
-- => changed index orders_number on orders: definition
DROP INDEX orders_number;
CREATE UNIQUE INDEX orders_number ON orders (number) INCLUDE (tax);
-- == index: expression
-- => changed index orders_note on orders: definition
DROP INDEX orders_note;
CREATE INDEX orders_note ON orders (lower(note), next_number(counter, 1)) WITH (fillfactor = 70);
-- == index: operator class
-- => changed index customers_search on customers: definition
DROP INDEX customers_search;
CREATE INDEX customers_search ON customers (name text_pattern_ops);
-- == index: nulls not distinct since 15
-- => changed index orders_number on orders: definition
DROP INDEX orders_number;
CREATE UNIQUE INDEX orders_number ON orders (number) INCLUDE (total) NULLS NOT DISTINCT;
-- == index: options
-- => changed index orders_note on orders: definition
ALTER INDEX orders_note SET (fillfactor = 80);
-- == index: invalid
-- => changed index orders_note on orders: valid
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'orders_note'::regclass;
-- == index: clustered
-- => changed index orders_note on orders: clustered
ALTER TABLE orders CLUSTER ON orders_note;
-- == index: replica identity
-- => changed table orders: replica identity
-- => changed index orders_number on orders: replica identity
ALTER TABLE orders REPLICA IDENTITY USING INDEX orders_number;
-- == index: statistics
-- => changed index orders_note on orders: statistics
ALTER INDEX orders_note ALTER COLUMN 1 SET STATISTICS 300;
-- == index: comment
-- => changed index orders_note on orders: comment
COMMENT ON INDEX orders_note IS 'For the search';
-- == index: of a matview
-- => missing index totals_customer on totals
DROP INDEX totals_customer;
-- == index: of a partitioned table
-- => missing index events_kind on events
DROP INDEX events_kind;

-- == trigger: missing
-- => missing trigger orders_touch on orders
DROP TRIGGER orders_touch ON orders;
-- == trigger: extra
-- => extra trigger touch_too on items
CREATE CONSTRAINT TRIGGER touch_too AFTER INSERT ON items DEFERRABLE FOR EACH ROW EXECUTE FUNCTION touch();
-- == trigger: renamed
-- => missing trigger orders_touch on orders
-- => extra trigger touched on orders
ALTER TRIGGER orders_touch ON orders RENAME TO touched;
-- == trigger: definition
-- => changed trigger orders_touch on orders: definition
DROP TRIGGER orders_touch ON orders;
CREATE TRIGGER orders_touch BEFORE UPDATE OF total ON orders FOR EACH ROW WHEN (OLD.total IS DISTINCT FROM NEW.total) EXECUTE FUNCTION touch();
-- == trigger: argument
-- => changed trigger orders_touch on orders: definition
DROP TRIGGER orders_touch ON orders;
CREATE TRIGGER orders_touch AFTER UPDATE OF total ON orders FOR EACH ROW WHEN (OLD.total IS DISTINCT FROM NEW.total) EXECUTE FUNCTION touch('x');
-- == trigger: disabled
-- => changed trigger orders_touch on orders: enabled
ALTER TABLE orders DISABLE TRIGGER orders_touch;
-- == trigger: enabled always
-- => changed trigger orders_touch on orders: enabled
ALTER TABLE orders ENABLE ALWAYS TRIGGER orders_touch;
-- == trigger: of a partition alone
-- => extra trigger events_touch on events_rest
ALTER TABLE events_rest DISABLE TRIGGER events_touch;
-- == trigger: comment
-- => changed trigger orders_touch on orders: comment
COMMENT ON TRIGGER orders_touch ON orders IS 'Why';

-- == rule: missing
-- => missing rule items_kept on items
DROP RULE items_kept ON items;
-- == rule: definition
-- => changed rule items_kept on items: definition
CREATE OR REPLACE RULE items_kept AS ON DELETE TO items WHERE old.line = 2 DO INSTEAD NOTHING;
-- == rule: disabled
-- => changed rule items_kept on items: enabled
ALTER TABLE items DISABLE RULE items_kept;
-- == rule: comment
-- => changed rule items_kept on items: comment
COMMENT ON RULE items_kept ON items IS 'Why';

-- == policy: missing
-- => missing policy own_rows on secrets
DROP POLICY own_rows ON secrets;
-- == policy: extra
-- => extra policy others on secrets
CREATE POLICY others ON secrets USING (true);
-- == policy: command
-- => changed policy own_rows on secrets: command
DROP POLICY own_rows ON secrets;
CREATE POLICY own_rows ON secrets USING (owner_name = current_user);
-- == policy: restrictive
-- => changed policy own_rows on secrets: restrictive
DROP POLICY own_rows ON secrets;
CREATE POLICY own_rows ON secrets AS RESTRICTIVE FOR SELECT USING (owner_name = current_user);
-- == policy: roles
-- => changed policy own_rows on secrets: roles
ALTER POLICY own_rows ON secrets TO shapes_reader, postgres;
-- == policy: using
-- => changed policy own_rows on secrets: using
ALTER POLICY own_rows ON secrets USING (owner_name = session_user);
-- == policy: check
-- => changed policy may_add on secrets: check
ALTER POLICY may_add ON secrets WITH CHECK (secret <> 'x');
-- == policy: comment
-- => changed policy own_rows on secrets: comment
COMMENT ON POLICY own_rows ON secrets IS 'Why';

-- == view: missing
-- => missing view named_orders
DROP VIEW named_orders;
-- == view: extra
-- => extra view another
CREATE VIEW another AS SELECT * FROM orders;
-- == view: renamed
-- => missing view big_orders
-- => extra view large_orders
ALTER VIEW big_orders RENAME TO large_orders;
-- == view: definition
-- => changed view big_orders: definition
CREATE OR REPLACE VIEW big_orders AS SELECT id, total, customer FROM orders WHERE total > 200;
-- == view: columns
-- => changed view big_orders: columns, definition
CREATE OR REPLACE VIEW big_orders AS SELECT id, total, customer, note FROM orders WHERE total > 100;
-- == view: which of two tables a column is of
-- => changed view named_orders: definition
CREATE OR REPLACE VIEW named_orders AS
    SELECT o.id, c.name, next_number(o.counter) AS next, o.state::text AS state, o.id === 3 AS is_third,
           (SELECT count(*) FROM items i WHERE i.line = o.id) AS lines
    FROM orders o JOIN customers c ON c.id = o.customer
    WHERE o.total > 0 AND o.state IN ('busy', 'calm') AND c.name COLLATE plain > 'a';
-- == view: options
-- => changed view customer_totals: options
ALTER VIEW customer_totals SET (security_barrier = false);
-- == view: check option
-- => changed view big_orders: options
ALTER VIEW big_orders SET (check_option = local);
-- == view: security invoker since 15
-- => changed view big_orders: options
ALTER VIEW big_orders SET (security_invoker = true);
-- == view: default of a column
-- => changed view big_orders: column defaults
ALTER VIEW big_orders ALTER COLUMN total SET DEFAULT 1;
-- == view: comment of a column
-- => changed view big_orders: column comments
COMMENT ON COLUMN big_orders.total IS 'More than a hundred';
-- == view: comment
-- => changed view big_orders: comment
COMMENT ON VIEW big_orders IS 'Why';
-- == view: owner
-- => changed view big_orders: owner
ALTER VIEW big_orders OWNER TO shapes_other;
-- == view: grants
-- => changed view big_orders: grants
GRANT SELECT ON big_orders TO PUBLIC;
-- == matview: missing
-- => missing matview totals
DROP MATERIALIZED VIEW totals;
-- == matview: definition
-- => changed matview totals: definition
DROP MATERIALIZED VIEW totals;
CREATE MATERIALIZED VIEW totals AS SELECT customer, count(DISTINCT total) AS orders FROM orders GROUP BY customer WITH NO DATA;
CREATE UNIQUE INDEX totals_customer ON totals (customer);
-- == matview: populated
-- => changed matview totals: populated
REFRESH MATERIALIZED VIEW totals;
-- == matview: options
-- => changed matview totals: options
ALTER MATERIALIZED VIEW totals SET (fillfactor = 50);
-- == matview: statistics
-- => changed matview totals: column statistics
ALTER MATERIALIZED VIEW totals ALTER COLUMN orders SET STATISTICS 10;
-- == matview: comment
-- => changed matview totals: comment
COMMENT ON MATERIALIZED VIEW totals IS 'Why';

-- == sequence: missing
-- => missing sequence spare_numbers
DROP SEQUENCE spare_numbers;
-- == sequence: extra
-- => extra sequence another
CREATE SEQUENCE another;
-- == sequence: its value does not matter
SELECT setval('invoice_numbers', 500), nextval('orders_id_seq');
-- == sequence: of a column, renamed
-- => renamed sequence orders_id_seq
ALTER SEQUENCE orders_id_seq RENAME TO seq_orders;
-- == sequence: of no column, renamed
-- => missing sequence spare_numbers
-- => extra sequence other_numbers
ALTER SEQUENCE spare_numbers RENAME TO other_numbers;
-- == sequence: type
-- => changed sequence invoice_numbers: type
ALTER SEQUENCE invoice_numbers AS bigint;
-- == sequence: start
-- => changed sequence invoice_numbers: start
ALTER SEQUENCE invoice_numbers START 7;
-- == sequence: increment
-- => changed sequence invoice_numbers: increment
ALTER SEQUENCE invoice_numbers INCREMENT 6;
-- == sequence: minimum
-- => changed sequence invoice_numbers: minimum
ALTER SEQUENCE invoice_numbers MINVALUE 0;
-- == sequence: maximum
-- => changed sequence invoice_numbers: maximum
ALTER SEQUENCE invoice_numbers NO MAXVALUE;
-- == sequence: cache
-- => changed sequence invoice_numbers: cache
ALTER SEQUENCE invoice_numbers CACHE 20;
-- == sequence: cycle
-- => changed sequence invoice_numbers: cycle
ALTER SEQUENCE invoice_numbers CYCLE;
-- == sequence: owned by
-- => changed column orders.number: default
-- => changed sequence invoice_numbers: owned by
ALTER SEQUENCE invoice_numbers OWNED BY orders.number;
-- == sequence: of an identity
-- => changed sequence customers_id_seq: increment
ALTER TABLE customers ALTER COLUMN id SET INCREMENT 7;
-- == sequence: persistence since 15
-- => changed sequence spare_numbers: persistence
ALTER SEQUENCE spare_numbers SET UNLOGGED;
-- == sequence: comment
-- => changed sequence spare_numbers: comment
COMMENT ON SEQUENCE spare_numbers IS 'Why';
-- == sequence: owner
-- => changed sequence spare_numbers: owner
ALTER SEQUENCE spare_numbers OWNER TO shapes_other;
-- == sequence: grants
-- => changed sequence spare_numbers: grants
GRANT USAGE ON SEQUENCE spare_numbers TO shapes_reader;

-- == function: missing
-- => missing function both_moods()
DROP FUNCTION both_moods();
-- == function: extra with other arguments
-- => extra function both_moods(mood)
CREATE FUNCTION both_moods(mood) RETURNS mood LANGUAGE sql AS 'SELECT $1';
-- == function: body
-- => changed function both_moods(): body
CREATE OR REPLACE FUNCTION both_moods() RETURNS SETOF mood LANGUAGE sql STABLE ROWS 3 COST 7 AS 'SELECT unnest(enum_range(''busy''::mood))';
-- == function: body of another schema
-- => changed function touch(): body
CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql SET search_path = {s}, pg_temp AS $$
BEGIN
    -- {s}.orders is meant
    UPDATE elsewhere.orders SET note = note WHERE id = NEW.id AND '{s}.x' <> 'y';
    RETURN NEW;
END $$;
-- == function: language
-- => changed function both_moods(): body, language
CREATE OR REPLACE FUNCTION both_moods() RETURNS SETOF mood LANGUAGE plpgsql STABLE ROWS 3 COST 7 AS 'BEGIN END';
-- == function: volatility
-- => changed function both_moods(): volatility
ALTER FUNCTION both_moods() VOLATILE;
-- == function: strict
-- => changed function both_moods(): strict
ALTER FUNCTION both_moods() STRICT;
-- == function: security definer
-- => changed function both_moods(): security definer
ALTER FUNCTION both_moods() SECURITY DEFINER;
-- == function: leakproof
-- => changed function both_moods(): leakproof
ALTER FUNCTION both_moods() LEAKPROOF;
-- == function: parallel
-- => changed function both_moods(): parallel
ALTER FUNCTION both_moods() PARALLEL RESTRICTED;
-- == function: cost
-- => changed function both_moods(): cost
ALTER FUNCTION both_moods() COST 8;
-- == function: rows
-- => changed function both_moods(): rows
ALTER FUNCTION both_moods() ROWS 4;
-- == function: support
-- => changed function same(integer, integer): support
ALTER FUNCTION same(integer, integer) SUPPORT textlike_support;
-- == function: config
-- => changed function settled(): config
ALTER FUNCTION settled() SET work_mem = '16MB';
-- == function: search_path
-- => changed function touch(): config
ALTER FUNCTION touch() SET search_path = {s}, public, pg_temp;
-- == function: arguments
-- => changed function next_number(integer, integer): arguments
CREATE OR REPLACE FUNCTION next_number(integer, step integer DEFAULT 2) RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT $1 + step $$;
-- == function: returns
-- => changed function settled(): returns
DROP FUNCTION settled();
CREATE FUNCTION settled() RETURNS varchar LANGUAGE sql SET work_mem = '8MB' AS 'SELECT ''x''';
-- == function: sql body since 14
-- => changed function settled(): body, sql body
DROP FUNCTION settled();
CREATE FUNCTION settled() RETURNS text LANGUAGE sql SET work_mem = '8MB' BEGIN ATOMIC SELECT 'x' || max(note) FROM orders; END;
-- == function: comment
-- => changed function touch(): comment
COMMENT ON FUNCTION touch() IS 'Why';
-- == function: owner
-- => changed function touch(): owner
ALTER FUNCTION touch() OWNER TO shapes_other;
-- == function: grants
-- => changed function touch(): grants
REVOKE EXECUTE ON FUNCTION touch() FROM PUBLIC;
-- == procedure: missing
-- => missing procedure tidy(integer)
DROP PROCEDURE tidy(integer);
-- == procedure: body
-- => changed procedure tidy(integer): body
CREATE OR REPLACE PROCEDURE tidy(INOUT rows integer) LANGUAGE sql AS 'SELECT 2';
-- == procedure: security definer
-- => changed procedure tidy(integer): security definer
ALTER PROCEDURE tidy(integer) SECURITY DEFINER;
-- == aggregate: missing
-- => missing aggregate total_of(integer)
DROP AGGREGATE total_of(integer);
-- == aggregate: initial value
-- => changed aggregate total_of(integer): initial value
DROP AGGREGATE total_of(integer);
CREATE AGGREGATE total_of (integer) (sfunc = next_number, stype = integer, initcond = '1');
-- == aggregate: state function
-- => changed aggregate total_of(integer): state function
DROP AGGREGATE total_of(integer);
CREATE AGGREGATE total_of (integer) (sfunc = int4pl, stype = integer, initcond = '0');
-- == aggregate: combine function
-- => changed aggregate total_of(integer): combine function
DROP AGGREGATE total_of(integer);
CREATE AGGREGATE total_of (integer) (sfunc = next_number, stype = integer, initcond = '0', combinefunc = int4pl);
-- == aggregate: parallel
-- => changed aggregate total_of(integer): parallel
DROP AGGREGATE total_of(integer);
CREATE AGGREGATE total_of (integer) (sfunc = next_number, stype = integer, initcond = '0', parallel = safe);
-- == aggregate: comment
-- => changed aggregate total_of(integer): comment
COMMENT ON AGGREGATE total_of(integer) IS 'Why';

-- == enum: missing
-- => missing enum spare_enum
DROP TYPE spare_enum;
-- == enum: extra label
-- => changed enum mood: labels
ALTER TYPE mood ADD VALUE 'angry';
-- == enum: place of a label
-- => changed enum spare_enum: labels
DROP TYPE spare_enum;
CREATE TYPE spare_enum AS ENUM ('two', 'one');
-- == enum: one label made of two
-- => changed enum spare_enum: labels
DROP TYPE spare_enum;
CREATE TYPE spare_enum AS ENUM ('one'', ''two');
-- == enum: comment
-- => changed enum mood: comment
COMMENT ON TYPE mood IS 'Why';
-- == enum: owner
-- => changed enum mood: owner
ALTER TYPE mood OWNER TO shapes_other;
-- == enum: grants
-- => changed enum mood: grants
REVOKE USAGE ON TYPE mood FROM PUBLIC;
-- == domain: missing
-- => missing domain spare_domain
DROP DOMAIN spare_domain;
-- == domain: type
-- => changed domain spare_domain: type
DROP DOMAIN spare_domain;
CREATE DOMAIN spare_domain AS varchar COLLATE "C";
-- == domain: collation
-- => changed domain spare_domain: collation
DROP DOMAIN spare_domain;
CREATE DOMAIN spare_domain AS text;
-- == domain: default
-- => changed domain cents: default
ALTER DOMAIN cents SET DEFAULT 1;
-- == domain: not null
-- => changed domain cents: not null
ALTER DOMAIN cents DROP NOT NULL;
-- == domain: constraint missing
-- => missing constraint cents_positive on cents
ALTER DOMAIN cents DROP CONSTRAINT cents_positive;
-- == domain: constraint renamed
-- => renamed constraint cents_positive on cents
ALTER DOMAIN cents RENAME CONSTRAINT cents_positive TO positive;
-- == domain: constraint
-- => changed constraint cents_positive on cents: definition
ALTER DOMAIN cents DROP CONSTRAINT cents_positive;
ALTER DOMAIN cents ADD CONSTRAINT cents_positive CHECK (VALUE > 0);
-- == domain: constraint not valid
-- => changed constraint cents_positive on cents: valid
ALTER DOMAIN cents DROP CONSTRAINT cents_positive;
ALTER DOMAIN cents ADD CONSTRAINT cents_positive CHECK (VALUE >= 0) NOT VALID;
-- == domain: comment
-- => changed domain cents: comment
COMMENT ON DOMAIN cents IS 'Why';
-- == composite: missing
-- => missing composite spare_composite
DROP TYPE spare_composite;
-- == composite: attribute
-- => changed composite spare_composite: attributes
ALTER TYPE spare_composite ADD ATTRIBUTE c integer;
-- == composite: type of an attribute
-- => changed composite spare_composite: attributes
ALTER TYPE spare_composite ALTER ATTRIBUTE b TYPE varchar;
-- == composite: collation of an attribute
-- => changed composite spare_composite: attributes
ALTER TYPE spare_composite ALTER ATTRIBUTE b TYPE text COLLATE plain;
-- == composite: comment of an attribute
-- => changed composite spare_composite: column comments
COMMENT ON COLUMN spare_composite.a IS 'Why';
-- == composite: comment
-- => changed composite spare_composite: comment
COMMENT ON TYPE spare_composite IS 'Why';
-- == range: missing
-- => missing range spare_range
DROP TYPE spare_range;
-- == range: type
-- => changed range spare_range: type
DROP TYPE spare_range;
CREATE TYPE spare_range AS RANGE (subtype = int8);
-- == range: difference function
-- => changed range spare_range: difference function
DROP TYPE spare_range;
CREATE TYPE spare_range AS RANGE (subtype = int4, subtype_diff = int4range_subdiff);
-- == range: operator class
-- => changed range floatrange: collation, difference function, operator class, type
DROP TYPE floatrange;
CREATE TYPE floatrange AS RANGE (subtype = text, subtype_opclass = text_pattern_ops, collation = "C");
-- == range: multirange since 14
-- => changed range spare_range: multirange
DROP TYPE spare_range;
CREATE TYPE spare_range AS RANGE (subtype = int4, multirange_type_name = spare_ranges);

-- == statistics: missing
-- => missing statistics items_together
DROP STATISTICS items_together;
-- == statistics: definition
-- => changed statistics items_together: definition
DROP STATISTICS items_together;
CREATE STATISTICS items_together (ndistinct) ON order_id, line FROM items;
-- == statistics: target
-- => changed statistics items_together: statistics
ALTER STATISTICS items_together SET STATISTICS 50;
-- == statistics: comment
-- => changed statistics items_together: comment
COMMENT ON STATISTICS items_together IS 'Why';
-- == statistics: owner
-- => changed statistics items_together: owner
ALTER STATISTICS items_together OWNER TO shapes_other;
-- == collation: missing
-- => missing collation spare_collation
DROP COLLATION spare_collation;
-- == collation: locale
-- => changed collation spare_collation: locale
DROP COLLATION spare_collation;
CREATE COLLATION spare_collation (provider = libc, locale = 'POSIX');
-- == collation: ctype
-- => changed collation spare_collation: ctype
DROP COLLATION spare_collation;
CREATE COLLATION spare_collation (provider = libc, lc_collate = 'C', lc_ctype = 'POSIX');
-- == collation: comment
-- => changed collation plain: comment
COMMENT ON COLLATION plain IS 'Why';
-- == text search: configuration missing
-- => missing text search configuration search
-- => missing index customers_search on customers
DROP TEXT SEARCH CONFIGURATION search CASCADE;
-- == text search: mapping
-- => changed text search configuration search: mappings
ALTER TEXT SEARCH CONFIGURATION search ALTER MAPPING FOR asciiword WITH simple, stems;
-- == text search: parser of a configuration
-- => changed text search configuration search: mappings, parser
-- => missing index customers_search on customers
DROP TEXT SEARCH CONFIGURATION search CASCADE;
CREATE TEXT SEARCH CONFIGURATION search (PARSER = spare_parser);
-- == text search: options of a dictionary
-- => changed text search dictionary stems: options
ALTER TEXT SEARCH DICTIONARY stems (Language = german);
-- == text search: dictionary extra
-- => extra text search dictionary plain
CREATE TEXT SEARCH DICTIONARY plain (TEMPLATE = spare_template);
-- == text search: parser
-- => changed text search parser spare_parser: headline
DROP TEXT SEARCH PARSER spare_parser;
CREATE TEXT SEARCH PARSER spare_parser (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype, HEADLINE = prsd_headline);
-- == text search: template
-- => changed text search template spare_template: init, lexize
DROP TEXT SEARCH TEMPLATE spare_template;
CREATE TEXT SEARCH TEMPLATE spare_template (LEXIZE = dsynonym_lexize);
-- == text search: comment
-- => changed text search configuration search: comment
COMMENT ON TEXT SEARCH CONFIGURATION search IS 'Why';
-- == foreign table: missing
-- => missing foreign table remote_orders
DROP FOREIGN TABLE remote_orders;
-- == foreign table: server
-- => changed foreign table remote_orders: server
DROP FOREIGN TABLE remote_orders;
CREATE FOREIGN TABLE remote_orders (id integer OPTIONS (column_name 'nr'), total numeric) SERVER nowhere_else OPTIONS (table_name 'orders');
-- == foreign table: options
-- => changed foreign table remote_orders: foreign options
ALTER FOREIGN TABLE remote_orders OPTIONS (SET table_name 'others');
-- == foreign table: options of a column
-- => changed column remote_orders.id: foreign options
ALTER FOREIGN TABLE remote_orders ALTER COLUMN id OPTIONS (SET column_name 'id');
-- == foreign table: column
-- => missing column remote_orders.total
ALTER FOREIGN TABLE remote_orders DROP COLUMN total;
-- == foreign table: comment
-- => changed foreign table remote_orders: comment
COMMENT ON FOREIGN TABLE remote_orders IS 'Why';
-- == operator: missing
-- => missing operator ==>(integer, integer)
DROP OPERATOR ==> (integer, integer);
-- == operator: function
-- => changed operator ==>(integer, integer): function
DROP OPERATOR ==> (integer, integer);
CREATE OPERATOR ==> (leftarg = integer, rightarg = integer, function = int4eq);
-- == operator: returns
-- => changed operator ==>(integer, integer): function, returns
DROP OPERATOR ==> (integer, integer);
CREATE OPERATOR ==> (leftarg = integer, rightarg = integer, function = int4pl);
-- == operator: commutator
-- => changed operator ==>(integer, integer): commutator
DROP OPERATOR ==> (integer, integer);
CREATE OPERATOR ==> (leftarg = integer, rightarg = integer, function = same, commutator = ==>);
-- == operator: restrict
-- => changed operator ===(integer, integer): restrict
ALTER OPERATOR === (integer, integer) SET (RESTRICT = NONE);
-- == operator: hashes
-- => changed operator ==>(integer, integer): hashes
DROP OPERATOR ==> (integer, integer);
CREATE OPERATOR ==> (leftarg = integer, rightarg = integer, function = same, hashes);
-- == operator: comment
-- => changed operator ===(integer, integer): comment
COMMENT ON OPERATOR === (integer, integer) IS 'Why';
