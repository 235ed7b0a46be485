-- The checkpoints of the server since its statistics began.
SELECT {since; 17; num_timed; checkpoints_timed}, {since; 17; num_requested; checkpoints_req},
       {since; 17; sync_time; checkpoint_sync_time}::int8, extract(epoch FROM clock_timestamp() - stats_reset)::int8
FROM {since; 17; pg_stat_checkpointer; pg_stat_bgwriter}
