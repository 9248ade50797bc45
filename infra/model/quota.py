"""Amounts of capacity, in whole units so that sums are exact, and their arithmetic."""

from collections.abc import Iterable
from typing import Annotated, Self

from pydantic import Field

from infra.model.base import Model

# Above any real city, below what a 64-bit Kubernetes quantity holds in bytes.
Amount = Annotated[int, Field(ge=0, le=1_000_000_000)]


class Quota(Model):
    """An amount of capacity: what a city has, a district is given, or a tenant may use."""

    cpu_millicores: Amount
    """Processor time in thousandths of a core (1000 = one core)."""
    memory_gib: Amount
    """Memory in GiB."""
    storage_gib: Amount
    """Persistent storage in GiB."""
    pods: Amount
    """Number of pods that may exist at once."""

    def __add__(self, other: Self) -> Self:
        """Return the sum, unit by unit; it may be more than a file may say, so that it can be told to be too much."""
        return self.model_copy(update={unit: getattr(self, unit) + getattr(other, unit) for unit in UNITS})

    def exceeded_by(self, asked: Self) -> tuple[str, ...]:
        """Return the units in which `asked` is more than this amount, in the order of the fields."""
        return tuple(unit for unit in UNITS if getattr(asked, unit) > getattr(self, unit))


UNITS: tuple[str, ...] = tuple(Quota.model_fields)
ZERO = Quota(cpu_millicores=0, memory_gib=0, storage_gib=0, pods=0)


def total(amounts: Iterable[Quota]) -> Quota:
    """Return the sum of `amounts`; nothing sums to zero."""
    return sum(amounts, start=ZERO)
