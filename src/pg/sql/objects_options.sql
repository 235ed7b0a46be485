CASE WHEN {1} IS NOT NULL THEN (SELECT string_agg(o, E'\n' ORDER BY o) FROM unnest({1}) o) END
