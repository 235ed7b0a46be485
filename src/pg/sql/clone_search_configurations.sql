SELECT 'search configuration', c.tableoid, c.oid, 0::oid, x.place, 'text search configuration ' || c.cfgname, x.sql, NULL::text,
       CASE x.place WHEN 0 THEN 'TEXT SEARCH CONFIGURATION $.' || quote_ident(c.cfgname) END,
       CASE x.place WHEN 0 THEN {comment; c.oid; pg_ts_config; 0} END,
       CASE x.place WHEN 0 THEN pg_get_userbyid(c.cfgowner)::text END
FROM pg_ts_config c
CROSS JOIN LATERAL
     (SELECT 0, 'CREATE TEXT SEARCH CONFIGURATION $.' || quote_ident(c.cfgname) || ' (PARSER = '
                || CASE WHEN p.prsnamespace = c.cfgnamespace THEN '$' ELSE quote_ident(n.nspname) END || '.' || quote_ident(p.prsname) || ')'
      FROM pg_ts_parser p JOIN pg_namespace n ON n.oid = p.prsnamespace WHERE p.oid = c.cfgparser
      UNION ALL
      SELECT 1, 'ALTER TEXT SEARCH CONFIGURATION $.' || quote_ident(c.cfgname) || ' ADD MAPPING FOR ' || string_agg(g.alias, ', ' ORDER BY g.alias)
                || ' WITH ' || g.dictionaries
      FROM (SELECT quote_ident(t.alias) AS alias, string_agg(m.mapdict::regdictionary::text, ', ' ORDER BY m.mapseqno) AS dictionaries
            FROM pg_ts_config_map m JOIN ts_token_type(c.cfgparser) t ON t.tokid = m.maptokentype
            WHERE m.mapcfg = c.oid GROUP BY t.alias) g
      GROUP BY g.dictionaries) x (place, sql)
WHERE c.oid = ANY ($1)
