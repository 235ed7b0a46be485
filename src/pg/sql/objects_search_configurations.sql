SELECT 'text search', NULL::text, 'configuration ' || c.cfgname, false,
       ARRAY['parser', (SELECT CASE WHEN pg_ts_parser_is_visible(p.oid) THEN '' ELSE quote_ident(n.nspname) || '.' END || quote_ident(p.prsname)
                        FROM pg_ts_parser p JOIN pg_namespace n ON n.oid = p.prsnamespace WHERE p.oid = c.cfgparser),
             'mappings', (SELECT string_agg(m.line, E'\n' ORDER BY m.line)
                          FROM (SELECT t.alias || ': ' || string_agg(m.mapdict::regdictionary::text, ', ' ORDER BY m.mapseqno) AS line
                                FROM pg_ts_config_map m JOIN ts_token_type(c.cfgparser) t ON t.tokid = m.maptokentype
                                WHERE m.mapcfg = c.oid GROUP BY t.alias) m),
             'comment', {comment; c.oid; pg_ts_config; 0},
             'owner', pg_get_userbyid(c.cfgowner)]::text[]
FROM pg_ts_config c
WHERE c.oid = ANY ($1)
