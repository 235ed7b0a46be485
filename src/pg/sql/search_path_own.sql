-- The own schema is the whole path. What is asked under it is always about few rows of catalogues that may have millions: by
-- index, whatever the planner estimates, and without workers, which take longer to start than it takes to answer.
SELECT set_config('search_path', quote_ident($1), true), set_config('enable_hashjoin', 'off', true),
       set_config('enable_mergejoin', 'off', true), set_config('enable_seqscan', 'off', true),
       set_config('max_parallel_workers_per_gather', '0', true), set_config('jit', 'off', true)
