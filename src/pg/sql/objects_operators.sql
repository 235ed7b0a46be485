SELECT 'operator', NULL::text, o.oprname::text, false,
       ARRAY['()', CASE WHEN o.oprleft = 0 THEN 'NONE' ELSE format_type(o.oprleft, NULL) END || ', ' || format_type(o.oprright, NULL),
             'function', o.oprcode::text,
             'returns', format_type(o.oprresult, NULL),
             'commutator', CASE WHEN o.oprcom <> 0 THEN o.oprcom::regoperator::text END,
             'negator', CASE WHEN o.oprnegate <> 0 THEN o.oprnegate::regoperator::text END,
             'restrict', CASE WHEN o.oprrest <> 0 THEN o.oprrest::text END,
             'join', CASE WHEN o.oprjoin <> 0 THEN o.oprjoin::text END,
             'hashes', CASE WHEN o.oprcanhash THEN 'yes' END,
             'merges', CASE WHEN o.oprcanmerge THEN 'yes' END,
             'comment', {comment; o.oid; pg_operator; 0},
             'owner', pg_get_userbyid(o.oprowner)]::text[]
FROM pg_operator o
WHERE o.oid = ANY ($1)
