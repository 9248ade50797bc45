"""Templates that tenants are made from: what the city holds right for a kind of application, with a version."""

from typing import Annotated

from pydantic import Field

from infra.model.base import Model, Name, Title
from infra.model.quota import Quota
from infra.model.tenant import Environment, Tenant
from infra.model.zone import Egress, ProtectionLevel

Version = Annotated[int, Field(ge=1, le=10_000)]


class Template(Model):
    """The file templates/NAME.yaml: what a new tenant of this kind gets, if it asks for nothing else."""

    name: Name
    """Name of the template; the same as its file's."""
    title: Title
    """What people call it."""
    version: Version
    """Raised by one with every change; a tenant records the one that it was made from or was brought up to."""
    zone: Name
    """The security zone."""
    egress: Annotated[Egress, Field(strict=False)] = Egress.CLOSED
    """How far outside the cluster it may reach."""
    protection_level: ProtectionLevel
    """Protection level of the systems that it is meant for."""
    quota: Quota
    """All that the environments may use together, to begin with; it is changed by requests, not by the template."""
    environments: Annotated[dict[Name, Environment], Field(min_length=1)]
    """The environments by name."""
    consumes: Annotated[tuple[Name, ...], Field(strict=False)] = ()
    """The shared platform services that such an application uses."""


def differences(tenant: Tenant, template: Template) -> dict[str, tuple[object, object]]:
    """Return in what a tenant differs from a template: field -> (the template's, the tenant's).

    Quotas are left out, which are each tenant's own, and services that it consumes beside those of the template.
    """
    missing = [name for name in template.consumes if name not in tenant.consumes]
    pairs: dict[str, tuple[object, object]] = {
        "zone": (template.zone, tenant.zone),
        "egress": (str(template.egress), str(tenant.egress)),
        "protection_level": (template.protection_level, tenant.protection_level),
        "environments": (sorted(template.environments), sorted(tenant.environments)),
        "consumes": (sorted(template.consumes), sorted(tenant.consumes)) if missing else ((), ()),
    }
    return {field: pair for field, pair in pairs.items() if pair[0] != pair[1]}
