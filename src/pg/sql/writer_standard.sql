-- From now on this session reads backslashes in literals as the standard does.
SET standard_conforming_strings = on
