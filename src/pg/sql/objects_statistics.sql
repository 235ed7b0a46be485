SELECT 'statistics', NULL::text, s.stxname::text, false,
       ARRAY['!definition', pg_get_statisticsobjdef(s.oid),
             'statistics', CASE WHEN s.stxstattarget >= 0 THEN s.stxstattarget::text END,
             'comment', {comment; s.oid; pg_statistic_ext; 0},
             'owner', pg_get_userbyid(s.stxowner)]::text[]
FROM pg_statistic_ext s
WHERE s.oid = ANY ($1)
