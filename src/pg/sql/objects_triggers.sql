-- Those that somebody made, and those that a partition has by its parent when they are switched another way than the parent's.
SELECT 'trigger', c.relname::text, t.tgname::text, false,
       ARRAY['!definition', pg_get_triggerdef(t.oid, true),
             'enabled', CASE t.tgenabled WHEN 'D' THEN 'no' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' END,
             'inherited', CASE WHEN t.tgparentid <> 0 THEN 'yes' END,
             'comment', {comment; t.oid; pg_trigger; 0}]::text[]
FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
WHERE t.tgrelid = ANY ($1)
  AND CASE WHEN t.tgparentid = 0 THEN NOT t.tgisinternal
           ELSE t.tgname NOT LIKE 'RI\_ConstraintTrigger\_%'
                AND t.tgenabled <> (SELECT p.tgenabled FROM pg_trigger p WHERE p.oid = t.tgparentid) END
