SELECT pronamespace, count(*) FROM pg_proc GROUP BY pronamespace
