-- As the one for a look at structures, and texts mean the same wherever they are sent.
SELECT set_config('search_path', quote_ident($1), true), set_config('enable_hashjoin', 'off', true),
       set_config('enable_mergejoin', 'off', true), set_config('enable_seqscan', 'off', true),
       set_config('max_parallel_workers_per_gather', '0', true), set_config('datestyle', 'ISO', true),
       set_config('intervalstyle', 'postgres', true), set_config('extra_float_digits', '3', true),
       set_config('quote_all_identifiers', 'off', true), set_config('standard_conforming_strings', 'on', true)
