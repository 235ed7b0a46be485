"""Prints the clone function that a package brings, as it installs it itself: `tenants` or `pgschemas`."""

import gzip
import importlib.util
import pathlib
import sys


def folder(package):
    return pathlib.Path(importlib.util.find_spec(package).origin).parent


if sys.argv[1] == "tenants":
    # Importing the module needs a whole project: its text alone is asked for.
    source = (folder("django_tenants") / "clone.py").read_text()
    found = {}
    exec(source[source.index("CLONE_SCHEMA_FUNCTION") : source.index("class CloneSchema")], found)
    print(found["CLONE_SCHEMA_FUNCTION"].format(db_user="postgres"))
else:
    print(gzip.open(folder("django_pgschemas") / "clone_schema.gz").read().decode())
