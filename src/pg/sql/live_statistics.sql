-- For this transaction only, from 15 on: each look takes the statistics as they are and keeps nothing in memory.
SELECT set_config('stats_fetch_consistency', 'none', true)
