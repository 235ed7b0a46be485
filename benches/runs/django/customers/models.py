"""The registry. Its tables are made by the bench, with the columns of both peers, so that both read the same tenants."""

from django.conf import settings

if settings.PEER == "tenants":
    from django_tenants.models import DomainMixin as BaseDomain
    from django_tenants.models import TenantMixin as BaseTenant
else:
    from django_pgschemas.models import TenantModel as BaseTenant
    from django_pgschemas.routing.models import DomainModel as BaseDomain


class Client(BaseTenant):
    auto_create_schema = False

    class Meta:
        managed = False
        db_table = "customers_client"


class Domain(BaseDomain):
    class Meta:
        managed = False
        db_table = "customers_domain"
