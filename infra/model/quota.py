"""Amounts of capacity, in whole units so that sums are exact, and their arithmetic."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Annotated, Final, Self

from pydantic import Field

from infra.model.base import Model

# Above any real city, below what a 64-bit Kubernetes quantity holds in bytes.
_MOST: Final = 1_000_000_000
_MIB_PER_GIB: Final = 1024
Amount = Annotated[int, Field(ge=0, le=_MOST)]
Mebibytes = Annotated[int, Field(ge=0, le=_MOST * _MIB_PER_GIB)]


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

    def __sub__(self, other: Self) -> Self:
        """Return the difference, unit by unit; below zero where `other` is more, so that it can be told by how much."""
        return self.model_copy(update={unit: getattr(self, unit) - getattr(other, unit) for unit in UNITS})

    def exceeded_by(self, asked: Self) -> tuple[str, ...]:
        """Return the units in which `asked` is more than this amount, in the order of the fields."""
        return tuple(unit for unit in UNITS if getattr(asked, unit) > getattr(self, unit))


class Usage(Model):
    """What is in use, as a ResourceQuota counts it: what pods and volumes ask for, whether they work it off or not."""

    cpu_millicores: Amount
    """Processor time in thousandths of a core."""
    memory_mib: Mebibytes
    """Memory in MiB, rounded down."""
    storage_mib: Mebibytes
    """Persistent storage in MiB, rounded down."""
    pods: Amount
    """Number of pods."""

    def of(self, unit: str) -> Fraction:
        """Return how much of a unit of Quota is in use, in that unit and exactly."""
        if unit.endswith("_gib"):
            return Fraction(getattr(self, unit.replace("_gib", "_mib")), _MIB_PER_GIB)
        return Fraction(getattr(self, unit))


UNITS: tuple[str, ...] = tuple(Quota.model_fields)
ZERO = Quota(cpu_millicores=0, memory_gib=0, storage_gib=0, pods=0)


def total(amounts: Iterable[Quota]) -> Quota:
    """Return the sum of `amounts`; nothing sums to zero."""
    return sum(amounts, start=ZERO)
