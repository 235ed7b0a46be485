-- Those that somebody made, and those that a partition has by its parent when they are switched another way than the parent's.
SELECT 'trigger', t.tableoid, t.oid, c.oid, 0, 'trigger ' || t.tgname || ' on ' || c.relname,
       CASE t.tgparentid WHEN 0 THEN pg_get_triggerdef(t.oid, true) END,
       CASE WHEN t.tgenabled <> coalesce((SELECT p.tgenabled FROM pg_trigger p WHERE p.oid = t.tgparentid), 'O') THEN
           'ALTER TABLE ONLY $.' || quote_ident(c.relname)
           || CASE t.tgenabled WHEN 'O' THEN ' ENABLE' WHEN 'D' THEN ' DISABLE' WHEN 'R' THEN ' ENABLE REPLICA' ELSE ' ENABLE ALWAYS' END
           || ' TRIGGER ' || quote_ident(t.tgname) END,
       'TRIGGER ' || quote_ident(t.tgname) || ' ON $.' || quote_ident(c.relname), {comment; t.oid; pg_trigger; 0}, NULL::text
FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
WHERE t.tgrelid = ANY ($1)
  AND CASE WHEN t.tgparentid = 0 THEN NOT t.tgisinternal ELSE t.tgname NOT LIKE 'RI\_ConstraintTrigger\_%' END
