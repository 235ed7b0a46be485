SELECT current_setting('block_size')::int8
