"""What a tenant's environment may use, as Kubernetes counts it: the hard limits of its ResourceQuota and its LimitRange.

Amounts are written as the API server writes them back (1000m is 1, 1024Gi is 1Ti), so that a refresh finds no difference.
"""

from typing import Any, Final

from infra.model.quota import Quota

_MIB_PER_GIB: Final = 1024
# A container that asks for nothing, and the most that one may ask for: (processor time in millicores, memory in MiB).
_REQUEST: Final = (100, 128)
_DEFAULT: Final = (250, 256)
_LARGEST: Final = (16_000, 64 * _MIB_PER_GIB)


def hard(quota: Quota, *, suspended: bool = False) -> dict[str, str]:
    """Return the hard limits of a ResourceQuota: the amount is guaranteed, and it is all that there is.

    In a suspended environment there is room for one pod, which saves what is in the volumes; only the platform may start it.

    Node ports and load balancers would lead around the zones' gateways, so there are none. Without processor time or memory there
    are no pods: a limit of zero would mean none to the kubelet.
    """
    pods = min(quota.pods, 1) if suspended else quota.pods
    cpu, memory = cores(quota.cpu_millicores), bytes_of(quota.memory_gib * _MIB_PER_GIB)
    return {
        "requests.cpu": cpu,
        "limits.cpu": cpu,
        "requests.memory": memory,
        "limits.memory": memory,
        "requests.storage": bytes_of(quota.storage_gib * _MIB_PER_GIB),
        "pods": cores(pods * 1000 if quota.cpu_millicores and quota.memory_gib else 0),
        "services.nodeports": "0",
        "services.loadbalancers": "0",
    }


def limits(quota: Quota) -> list[dict[str, Any]]:
    """Return the limits of a LimitRange: a pod without requests runs, and no container can ask for more than the quota."""
    most = (min(quota.cpu_millicores, _LARGEST[0]), min(quota.memory_gib * _MIB_PER_GIB, _LARGEST[1]))
    default = (min(_DEFAULT[0], most[0]), min(_DEFAULT[1], most[1]))
    request = (min(_REQUEST[0], most[0]), min(_REQUEST[1], most[1]))
    return [{"type": "Container", "default_request": _pair(request), "default": _pair(default), "max": _pair(most)}]


def cores(milli: int) -> str:
    """Return thousandths as a decimal quantity in Kubernetes' own spelling."""
    return _spell(milli, 1000, ("m", "", "k", "M", "G"))


def bytes_of(mib: int) -> str:
    """Return an amount of MiB as a binary quantity in Kubernetes' own spelling."""
    return _spell(mib, 1024, ("Mi", "Gi", "Ti", "Pi", "Ei"))


def _pair(amounts: tuple[int, int]) -> dict[str, str]:
    return {"cpu": cores(amounts[0]), "memory": bytes_of(amounts[1])}


def _spell(amount: int, step: int, suffixes: tuple[str, ...]) -> str:
    if amount == 0:
        return "0"
    *smaller, largest = suffixes
    for suffix in smaller:
        if amount % step:
            return f"{amount}{suffix}"
        amount //= step
    return f"{amount}{largest}"
