"""A request to change a tenant's quota, with its approval and, once it is decided, the decision and what it was made on."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from infra.model.base import Model, Name, written
from infra.model.day import Day
from infra.model.quota import Quota, Usage
from infra.model.tenant import Tenant

Person = Annotated[
    str,
    written(
        r"^user:[a-z0-9]([-a-z0-9.@]{0,80}[a-z0-9])?$",
        "'user:NAME' as the city's identity service issues it, in lower case; a person, no group",
    ),
]
Words = Annotated[str, written(r"^\S(.*\S)?$", "one line of 1 to 200 characters, no blanks around it", 200)]


class Rule(StrEnum):
    """Why a unit of a request passed; see infra.model.decision."""

    SAME = "same"
    DECREASE = "decrease"
    USAGE = "usage"
    APPROVAL = "approval"


class Rules(Model):
    """Which rule each unit passed by."""

    cpu_millicores: Annotated[Rule, Field(strict=False)]
    """Rule for the processor time: 'same', 'decrease', 'usage' or 'approval'."""
    memory_gib: Annotated[Rule, Field(strict=False)]
    """Rule for the memory, likewise."""
    storage_gib: Annotated[Rule, Field(strict=False)]
    """Rule for the storage, likewise."""
    pods: Annotated[Rule, Field(strict=False)]
    """Rule for the pods, likewise."""


class Approval(Model):
    """What somebody who may do so said to a request that no rule lets pass."""

    by: Person
    """Who approved it; never who asked for it."""
    day: Day
    """Day of the approval, YYYY-MM-DD."""
    reason: Words
    """Why, or the ticket that says why."""


class Decided(Model):
    """The decision that closed a request. `cityfabric decide --apply` writes it, together with the new quota."""

    day: Day
    """Day of the decision, YYYY-MM-DD."""
    was: Quota
    """The quota before it."""
    used: Usage | None = None
    """What was used that day; none: the cluster had nothing of it."""
    rules: Rules
    """By which rule each unit passed."""


class Request(Model):
    """The file requests/NAME.yaml: a request to change a tenant's quota. It is open until a decision stands in it."""

    name: Name
    """Name of the request; the same as its file's."""
    tenant: Annotated[str, written(r"^[a-z][-a-z0-9]*/[a-z][-a-z0-9]*$", "DISTRICT/TENANT, like xihu/education", 61)]
    """DISTRICT/TENANT that asks."""
    environment: Name | None = None
    """The environment whose quota is to change; the tenant's own changes by as much. None: the tenant's own quota alone."""
    quota: Quota
    """All that it is to be afterwards, not the difference."""
    reason: Words
    """What it is needed for."""
    asked_by: Person
    """Who asks."""
    asked_on: Day
    """Since when, YYYY-MM-DD; where not all fit, the older request comes first."""
    approval: Approval | None = None
    """The approval, where one is needed."""
    decision: Decided | None = None
    """The decision; with it the request is closed and only remembered."""

    @property
    def place(self) -> tuple[str, str]:
        """The district and the tenant that it speaks of."""
        district, tenant = self.tenant.split("/")
        return district, tenant

    def current(self, tenant: Tenant) -> Quota:
        """Return the quota that it wants to change, as it is."""
        return tenant.quota if self.environment is None else tenant.environments[self.environment].quota

    def after(self, tenant: Tenant) -> Tenant:
        """Return the tenant as it would be; an environment's change is passed up, so that what is free in the tenant stays."""
        if self.environment is None:
            return tenant.model_copy(update={"quota": self.quota})
        environment = tenant.environments[self.environment]
        changed = environment.model_copy(update={"quota": self.quota})
        return tenant.model_copy(
            update={
                "quota": tenant.quota - environment.quota + self.quota,
                "environments": {**tenant.environments, self.environment: changed},
            }
        )
