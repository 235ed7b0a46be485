-- One that is only named by another (a shell) is made by that.
SELECT 'operator', o.tableoid, o.oid, 0::oid, 0, 'operator ' || o.oprname,
       'CREATE OPERATOR $.' || o.oprname || ' ('
       || concat_ws(', ',
              'PROCEDURE = ' || o.oprcode,
              CASE WHEN o.oprleft <> 0 THEN 'LEFTARG = ' || format_type(o.oprleft, NULL) END,
              CASE WHEN o.oprright <> 0 THEN 'RIGHTARG = ' || format_type(o.oprright, NULL) END,
              (SELECT 'COMMUTATOR = OPERATOR(' || CASE WHEN c.oprnamespace = o.oprnamespace THEN '$' ELSE quote_ident(n.nspname) END || '.' || c.oprname || ')'
               FROM pg_operator c JOIN pg_namespace n ON n.oid = c.oprnamespace WHERE c.oid = o.oprcom),
              (SELECT 'NEGATOR = OPERATOR(' || CASE WHEN c.oprnamespace = o.oprnamespace THEN '$' ELSE quote_ident(n.nspname) END || '.' || c.oprname || ')'
               FROM pg_operator c JOIN pg_namespace n ON n.oid = c.oprnamespace WHERE c.oid = o.oprnegate),
              CASE WHEN o.oprrest <> 0 THEN 'RESTRICT = ' || o.oprrest END,
              CASE WHEN o.oprjoin <> 0 THEN 'JOIN = ' || o.oprjoin END,
              CASE WHEN o.oprcanhash THEN 'HASHES' END,
              CASE WHEN o.oprcanmerge THEN 'MERGES' END) || ')',
       NULL::text,
       'OPERATOR $.' || o.oprname || ' (' || CASE WHEN o.oprleft = 0 THEN 'NONE' ELSE format_type(o.oprleft, NULL) END || ', '
       || CASE WHEN o.oprright = 0 THEN 'NONE' ELSE format_type(o.oprright, NULL) END || ')',
       {comment; o.oid; pg_operator; 0},
       pg_get_userbyid(o.oprowner)::text
FROM pg_operator o
WHERE o.oid = ANY ($1) AND o.oprcode <> 0
