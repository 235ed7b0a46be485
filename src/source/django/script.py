#!/usr/bin/env python3
"""Renders the migrations of a Django project as SQL, once, for tenantry to run in every tenant.

Run it in the project's folder, where manage.py is, with the project's own Python:

    DJANGO_SETTINGS_MODULE=proj.settings python tenantry_bundle.py --schema REFERENCE > bundle.json

REFERENCE is an existing tenant's schema with every migration applied: names of constraints that a migration drops are looked up
there, as "manage.py sqlmigrate" does it. Nothing is written: the connection is read-only.

What the bundle does not hold: RunPython and other operations that are no SQL (such a migration is marked, and tenantry refuses to run
it), and what the signals pre_migrate and post_migrate do (content types, permissions).
"""

import argparse
import json
import os
import sys


def operations(migration):
    """The operations that touch the database, also those inside of SeparateDatabaseAndState."""

    def flat(listed):
        for operation in listed:
            inner = getattr(operation, "database_operations", None)
            if inner is None:
                yield operation
            else:
                yield from flat(inner)

    return list(flat(migration.operations))


def not_sql(connection, migration, backwards):
    """What of a migration cannot be written as SQL, in words; None where all of it can."""
    from django.db import router
    from django.db.migrations import RunPython

    for operation in operations(migration):
        allowed = router.allow_migrate(connection.alias, migration.app_label, **(getattr(operation, "hints", None) or {}))
        if isinstance(operation, RunPython):
            code = operation.reverse_code if backwards else operation.code
            if code is RunPython.noop or not allowed:
                continue
        if backwards and not operation.reversible:
            return "%s cannot be reversed" % type(operation).__name__
        if not operation.reduces_to_sql and allowed:
            return "%s is no SQL" % type(operation).__name__
    return None


def render(loader, migration, backwards):
    """The SQL of one migration and None, or None and why there is none."""
    why = not_sql(loader.connection, migration, backwards)
    if why:
        return None, why
    try:
        return "\n".join(loader.collect_sql([(migration, backwards)])), None
    except Exception as error:  # Django raises many kinds here; each one means that there is no SQL.
        return None, "%s: %s" % (type(error).__name__, error)


def in_order(graph):
    """All migrations, none before what it needs."""
    seen = {}
    for leaf in sorted(graph.leaf_nodes()):
        for key in graph.forwards_plan(leaf):
            seen.setdefault(key)
    return list(seen)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--schema", required=True, help="an existing schema with every migration applied")
    parser.add_argument("--database", default="default", help="the alias of the database in the settings")
    parser.add_argument("--app", action="append", help="only the migrations of this application; may be repeated")
    asked = parser.parse_args()

    sys.path.insert(0, os.getcwd())
    import django

    django.setup()
    from django.db import connections
    from django.db.migrations.loader import MigrationLoader

    connection = connections[asked.database]
    if hasattr(connection, "set_schema"):  # django-tenants, django-pgschemas: their routers look at it
        connection.set_schema(asked.schema)
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
        cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [asked.schema])
        if cursor.fetchone() is None:
            parser.error("there is no schema %s" % asked.schema)
        if not hasattr(connection, "set_schema"):
            cursor.execute("SELECT set_config('search_path', quote_ident(%s), false)", [asked.schema])

    # Without a connection the loader takes no notice of what is applied; squashed migrations stay beside what they replace.
    loader = MigrationLoader(None, replace_migrations=False)
    loader.connection = connection
    migrations = []
    for app, name in in_order(loader.graph):
        migration = loader.graph.nodes[(app, name)]
        if asked.app and app not in asked.app:
            continue
        sql, refused = render(loader, migration, False)
        reverse_sql, irreversible = render(loader, migration, True)
        needs = [parent.key for parent in loader.graph.node_map[(app, name)].parents]
        migrations.append(
            {
                "app": app,
                "name": name,
                "needs": sorted(list(key) for key in needs if not asked.app or key[0] in asked.app),
                "replaces": [list(key) for key in migration.replaces],
                "atomic": bool(migration.atomic),
                "sql": sql,
                "refused": refused,
                "reverse_sql": reverse_sql,
                "irreversible": irreversible,
            }
        )
    bundle = {"format": [1, 0], "django": django.get_version(), "schema": asked.schema, "migrations": migrations}
    json.dump(bundle, sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
