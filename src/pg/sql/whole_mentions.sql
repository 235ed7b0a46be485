-- What names a schema in its text, where a rename does not change it: functions and procedures by their source or their settings, settings of
-- roles and databases. The name must stand alone. $1: its raw name.
WITH wanted AS MATERIALIZED (
    SELECT '(^|[^[:alnum:]_$])' || regexp_replace($1::text, '([^[:alnum:]_])', '\\\1', 'g') || '($|[^[:alnum:]_$])' AS pattern
)
(
    SELECT pg_describe_object('pg_proc'::regclass, p.oid, 0)
    FROM pg_proc p
    JOIN pg_namespace n ON n.oid = p.pronamespace
    CROSS JOIN wanted w
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      AND (strpos(p.prosrc, $1::text) > 0 OR strpos(array_to_string(p.proconfig, ' '), $1::text) > 0)
      AND (p.prosrc ~ w.pattern OR array_to_string(p.proconfig, ' ') ~ w.pattern)
    ORDER BY 1
    LIMIT 20
)
UNION ALL
(
    SELECT DISTINCT 'a setting of ' || concat_ws(' in ', 'role ' || r.rolname, 'database ' || d.datname)
    FROM pg_db_role_setting s
    CROSS JOIN LATERAL unnest(s.setconfig) AS c (setting)
    CROSS JOIN wanted w
    LEFT JOIN pg_roles r ON r.oid = s.setrole
    LEFT JOIN pg_database d ON d.oid = s.setdatabase
    WHERE c.setting ~ w.pattern
      AND (s.setdatabase = 0 OR s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()))
    ORDER BY 1
    LIMIT 20
)
