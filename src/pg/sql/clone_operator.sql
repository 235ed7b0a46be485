(SELECT CASE WHEN z.oprnamespace = {2} THEN '$' ELSE quote_ident(zn.nspname) END || '.' || z.oprname || ' (' || format_type(z.oprleft, NULL)
        || ', ' || format_type(z.oprright, NULL) || ')'
 FROM pg_operator z JOIN pg_namespace zn ON zn.oid = z.oprnamespace WHERE z.oid = {1})
