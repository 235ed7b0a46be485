SELECT 'statistics', s.tableoid, s.oid, s.stxrelid, 0, 'statistics ' || s.stxname,
       'CREATE STATISTICS $.' || quote_ident(s.stxname)
       || substr(pg_get_statisticsobjdef(s.oid), length('CREATE STATISTICS ' || quote_ident(n.nspname) || '.' || quote_ident(s.stxname)) + 1),
       CASE WHEN s.stxstattarget >= 0 THEN 'ALTER STATISTICS $.' || quote_ident(s.stxname) || ' SET STATISTICS ' || s.stxstattarget END,
       'STATISTICS $.' || quote_ident(s.stxname), {comment; s.oid; pg_statistic_ext; 0}, pg_get_userbyid(s.stxowner)::text
FROM pg_statistic_ext s
JOIN pg_namespace n ON n.oid = s.stxnamespace
WHERE s.oid = ANY ($1)
