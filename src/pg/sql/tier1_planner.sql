-- For this transaction only: the tables of names of a large fleet fit into memory, also where the server's default is small.
SELECT set_config('work_mem', greatest(pg_size_bytes(current_setting('work_mem')), 67108864) / 1024 || 'kB', true)
