-- By how many whole seconds the slowest replica is behind; null where there is none, or where our role may not know.
SELECT floor(extract(epoch FROM max(r.replay_lag)))::bigint FROM pg_catalog.pg_stat_replication r
