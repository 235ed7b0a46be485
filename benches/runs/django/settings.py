"""The settings of both executors: PEER says whose."""

import os

PEER = os.environ["PEER"]
SECRET_KEY = "bench"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ENGINES = {"tenants": "django_tenants.postgresql_backend", "pgschemas": "django_pgschemas.postgresql"}
DATABASES = {
    "default": {
        "ENGINE": ENGINES[PEER],
        "NAME": os.environ["PGDATABASE"],
        "USER": os.environ["PGUSER"],
        "HOST": os.environ["PGHOST"],
        "PORT": os.environ["PGPORT"],
    }
}
TENANT_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "shop"]

if PEER == "tenants":
    SHARED_APPS = ["django_tenants", "customers"]
    INSTALLED_APPS = SHARED_APPS + TENANT_APPS
    DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
    TENANT_MODEL = "customers.Client"
    TENANT_DOMAIN_MODEL = "customers.Domain"
    TENANT_MULTIPROCESSING_MAX_PROCESSES = os.cpu_count()
else:
    SHARED_APPS = ["django_pgschemas", "customers"]
    INSTALLED_APPS = SHARED_APPS + TENANT_APPS
    DATABASE_ROUTERS = ["django_pgschemas.routers.TenantAppsRouter"]
    ROOT_URLCONF = "urls"
    PGSCHEMAS_PARALLEL_MAX_PROCESSES = os.cpu_count()
    TENANTS = {
        "public": {"APPS": SHARED_APPS},
        "default": {
            "TENANT_MODEL": "customers.Client",
            "DOMAIN_MODEL": "customers.Domain",
            "APPS": TENANT_APPS,
            "URLCONF": "urls",
        },
    }
