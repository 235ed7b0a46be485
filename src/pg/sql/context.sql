-- What decides how the passes of a refresh ask, and what their notes say.
SELECT current_setting('server_version_num')::int, pg_is_in_recovery(), current_setting('track_counts')::bool, current_user::text
