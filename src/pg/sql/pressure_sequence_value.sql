SELECT {at}, last_value, is_called FROM {name}
