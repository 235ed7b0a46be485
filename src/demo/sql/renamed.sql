DO $do$
DECLARE
    one record;
    here CONSTANT oid := (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = current_schema());
BEGIN
    FOR one IN SELECT conrelid::regclass AS relation, conname AS name FROM pg_catalog.pg_constraint
               WHERE connamespace = here AND conrelid <> 0 AND contype IN ('p', 'u', 'f', 'c', 'x') ORDER BY conrelid, conname
    LOOP
        EXECUTE format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', one.relation, one.name,
                       left(one.name, 50) || '_' || left(md5(one.name), 8));
    END LOOP;
    FOR one IN SELECT c.oid::regclass AS relation, c.relname AS name, c.relkind = 'S' AS is_sequence FROM pg_catalog.pg_class AS c
               WHERE relnamespace = here AND (relkind = 'i' AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conindid = c.oid)
                                              OR relkind = 'S' AND EXISTS (SELECT FROM pg_catalog.pg_depend
                                                   WHERE classid = 'pg_catalog.pg_class'::regclass AND objid = c.oid AND deptype IN ('a', 'i')))
               ORDER BY relname
    LOOP
        EXECUTE format('ALTER %s %s RENAME TO %I', CASE WHEN one.is_sequence THEN 'SEQUENCE' ELSE 'INDEX' END, one.relation,
                       left(one.name, 50) || '_' || left(md5(one.name), 8));
    END LOOP;
END $do$
