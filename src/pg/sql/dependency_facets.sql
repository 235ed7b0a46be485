SELECT 'column ' || t.attnum AS part,
       'column ' || quote_ident(t.attname) || ' ' || format_type(t.atttypid, t.atttypmod)
       || coalesce(' COLLATE ' || (SELECT l.oid::regcollation FROM pg_collation l WHERE l.oid = t.attcollation AND l.collname <> 'default'), '') AS facet
FROM pg_attribute t WHERE {1} = 'pg_class'::regclass AND t.attrelid = {2} AND t.attnum > 0 AND NOT t.attisdropped
UNION ALL
SELECT CASE WHEN {1} = 'pg_class'::regclass THEN 'columns' ELSE '' END,
       'columns ' || string_agg(quote_ident(t.attname) || ' ' || format_type(t.atttypid, t.atttypmod), ', ' ORDER BY t.attnum)
FROM pg_attribute t
WHERE t.attrelid = CASE {1} WHEN 'pg_class'::regclass THEN {2} WHEN 'pg_type'::regclass THEN
                       (SELECT e.typrelid FROM pg_type y JOIN pg_type e ON e.oid = CASE WHEN y.typcategory = 'A' THEN y.typelem ELSE y.oid END WHERE y.oid = {2}) END
  AND t.attnum > 0 AND NOT t.attisdropped
HAVING count(*) > 0
UNION ALL
SELECT w.word || ' ' || k.indexrelid, w.word || ' of ' || k.columns
FROM (SELECT k.indexrelid, k.indisprimary,
             (SELECT string_agg(quote_ident(t.attname), ', ' ORDER BY t.attname) FROM pg_attribute t
              WHERE t.attrelid = k.indrelid AND t.attnum = ANY ((k.indkey::int2[])[0:k.indnkeyatts - 1])) AS columns
      FROM pg_index k
      WHERE {1} = 'pg_class'::regclass AND k.indrelid = {2} AND k.indisunique AND k.indimmediate AND k.indisvalid AND k.indpred IS NULL AND k.indexprs IS NULL) k
JOIN (VALUES ('key'), ('primary key')) w (word) ON w.word = 'key' OR k.indisprimary
UNION ALL
SELECT CASE n.needed WHEN p.pronargs - p.pronargdefaults THEN '' ELSE 'more' END, 'called with ' || n.needed || ' arguments'
FROM pg_proc p CROSS JOIN LATERAL generate_series((p.pronargs - p.pronargdefaults)::int, p.pronargs::int) n (needed)
WHERE {1} = 'pg_proc'::regclass AND p.oid = {2} AND p.prokind IN ('f', 'p')
UNION ALL
SELECT '', 'result ' || pg_get_function_result(p.oid) FROM pg_proc p WHERE {1} = 'pg_proc'::regclass AND p.oid = {2} AND p.prokind <> 'p'
UNION ALL
SELECT '', 'immutable' FROM pg_proc p WHERE {1} = 'pg_proc'::regclass AND p.oid = {2} AND p.provolatile = 'i'
UNION ALL
SELECT '', CASE y.typtype WHEN 'e' THEN 'label ' || l.enumlabel WHEN 'd' THEN 'domain over ' || format_type(y.typbasetype, y.typtypmod)
                          ELSE 'range of ' || format_type(r.rngsubtype, NULL) END
FROM (SELECT CASE WHEN y.typcategory = 'A' THEN y.typelem ELSE y.oid END AS oid FROM pg_type y WHERE {1} = 'pg_type'::regclass AND y.oid = {2}) e
JOIN pg_type y ON y.oid = e.oid
LEFT JOIN pg_enum l ON l.enumtypid = y.oid
LEFT JOIN pg_range r ON r.rngtypid = y.oid
WHERE y.typtype IN ('e', 'd', 'r') AND (y.typtype <> 'e' OR l.enumlabel IS NOT NULL)
UNION ALL
SELECT '', 'result ' || format_type(o.oprresult, NULL) FROM pg_operator o WHERE {1} = 'pg_operator'::regclass AND o.oid = {2}
UNION ALL
SELECT '', 'default for ' || format_type(k.opcintype, NULL) FROM pg_opclass k WHERE {1} = 'pg_opclass'::regclass AND k.oid = {2} AND k.opcdefault
UNION ALL
SELECT '', 'locale ' || l.locale || CASE l.collprovider WHEN 'i' THEN ' of icu' WHEN 'b' THEN ' built in' ELSE ' of libc' END
           || CASE WHEN l.collisdeterministic THEN '' ELSE ', not deterministic' END
FROM (SELECT l.*, {since; 17; coalesce(l.colllocale, l.collcollate); {since; 15; coalesce(l.colliculocale, l.collcollate); l.collcollate}} AS locale
      FROM pg_collation l WHERE {1} = 'pg_collation'::regclass AND l.oid = {2}) l
UNION ALL
SELECT '', 'version ' || x.extversion FROM pg_extension x WHERE {1} = 'pg_extension'::regclass AND x.oid = {2}
UNION ALL
SELECT '', 'wrapper ' || w.fdwname FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw
WHERE {1} = 'pg_foreign_server'::regclass AND s.oid = {2}
