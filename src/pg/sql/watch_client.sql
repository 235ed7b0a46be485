-- The server looks every two seconds whether we are still there, and ends a query whose client has died.
SET LOCAL client_connection_check_interval = 2000;
