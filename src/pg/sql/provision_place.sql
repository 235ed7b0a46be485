-- What is to be known of a database before schemas are made in it: how texts are written and sorted.
SELECT pg_encoding_to_char(d.encoding)::text, d.datcollate::text || ' / ' || d.datctype::text
FROM pg_database d WHERE d.datname = current_database()
