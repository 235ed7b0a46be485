CASE WHEN {1} IS NOT NULL THEN array_to_string({1}, ',') || ';' || array_to_string(acldefault({2}, {3}), ',') END
