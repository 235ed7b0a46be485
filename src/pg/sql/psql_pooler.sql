-- The start file of a psql that goes through a pooler. A SET would stay on the server connection and reach the application, so
-- that everything is local to one transaction.
BEGIN READ ONLY;
SET LOCAL search_path = {search_path};
