-- For this transaction only: no parallel workers, because we are a guest here; and whether a few rows may be looked up by index.
SELECT set_config('max_parallel_workers_per_gather', '0', true), set_config('enable_nestloop', $1, true)
