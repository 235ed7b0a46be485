(SELECT string_agg('{2}' || quote_ident(split_part(o, '=', 1)) || '=' || quote_literal(substr(o, strpos(o, '=') + 1)), ', ' ORDER BY o)
 FROM unnest({1}) o)
