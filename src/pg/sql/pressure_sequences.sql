-- The sequences that belong to columns of some tables, as serial and identity columns have them, with the number at which they
-- end. By index from the columns' end of pg_depend; reads no sequence.
SELECT d.refobjid, d.refobjsubid::int8, s.seqrelid, n.nspname::text, c.relname::text,
       CASE WHEN s.seqincrement < 0 THEN s.seqmin ELSE s.seqmax END,
       coalesce(has_schema_privilege(n.oid, 'USAGE') AND has_sequence_privilege(c.oid, 'SELECT'), false)
FROM pg_depend d
JOIN pg_sequence s ON s.seqrelid = d.objid
JOIN pg_class c ON c.oid = s.seqrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = ANY ($1) AND d.refobjsubid > 0
  AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
ORDER BY s.seqrelid
