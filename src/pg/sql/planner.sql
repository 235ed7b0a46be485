-- For this transaction only: one hash join and one hash aggregate over all of pg_class. The planner's estimates for catalogues
-- are often so far off that it would probe an index a million times, or sort. No parallel workers: we are a guest here.
SELECT set_config('enable_nestloop', 'off', true), set_config('enable_mergejoin', 'off', true),
       set_config('enable_sort', 'off', true), set_config('max_parallel_workers_per_gather', '0', true)
