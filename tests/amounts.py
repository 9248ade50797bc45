"""Amounts that tests are made of."""

from hypothesis import strategies as st

from infra.model.quota import UNITS, ZERO, Quota, Usage

AMOUNT = st.integers(0, 1_000_000_000)
QUOTA = st.builds(Quota, **dict.fromkeys(UNITS, AMOUNT))
USAGE = st.builds(Usage, cpu_millicores=AMOUNT, memory_mib=AMOUNT, storage_mib=AMOUNT, pods=AMOUNT)


def quota(**units: int) -> Quota:
    """Return a quota of these units and nothing else."""
    return ZERO.model_copy(update=units)


def usage(cpu_millicores: int = 0, memory_mib: int = 0, storage_mib: int = 0, pods: int = 0) -> Usage:
    """Return what is used."""
    return Usage(cpu_millicores=cpu_millicores, memory_mib=memory_mib, storage_mib=storage_mib, pods=pods)
