SELECT sum(total_bytes)::int8 FROM pg_backend_memory_contexts
