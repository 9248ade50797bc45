"""Which slice of which city a stack is, and whether that slice is fit to be built; refusals name all problems at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from infra.model.city import City
from infra.model.load import Loaded

SET = "mend: pulumi config set cityfabric:"
UID = "\"$(kubectl get namespace kube-system -o jsonpath='{.metadata.uid}')\""


@dataclass(frozen=True, slots=True)
class Slice:
    """What a stack's config says; `district` is None for the slice that belongs to the whole city."""

    city: str
    cluster: str
    district: str | None


def read_slice(config: pulumi.Config) -> Slice:
    """Return what the config says."""
    kind, city, cluster, district = (config.get(key) or "" for key in ("kind", "city", "cluster", "district"))
    checks = (
        (kind in {"city", "district"}, f"kind = {kind!r}; allowed: city, district; {SET}kind city"),
        (city, f"city is missing; allowed: a city's folder in stacks/; {SET}city NAME"),
        ("/" not in city and city not in {".", ".."}, f"city = {city!r}; allowed: the plain name of a folder; {SET}city NAME"),
        (cluster, f"cluster is missing; allowed: the UID of the cluster's namespace kube-system; {SET}cluster {UID}"),
        (kind != "district" or district, f"district is missing; allowed: a district of the city; {SET}district NAME"),
        (kind != "city" or not district, "district is set, but kind is city; mend: pulumi config rm cityfabric:district"),
    )
    refuse([f"config: cityfabric:{message}" for fine, message in checks if not fine])
    return Slice(city=city, cluster=cluster, district=district or None)


def select(chosen: Slice, loaded: Loaded) -> City:
    """Return the city if this slice of it is sound: problems of another district stop that district alone."""
    refuse([f"stacks/{chosen.city}/{each}" for each in loaded.problems if each.district in {None, chosen.district}])
    if loaded.city is None:
        raise pulumi.RunError(f"the city {chosen.city} was not loaded, though no problem was found; mend: report this as a bug")
    if chosen.district is not None and chosen.district not in loaded.city.districts:
        known = ", ".join(sorted(loaded.city.districts))
        refuse([f"config: cityfabric:district = {chosen.district!r}: no such district; allowed: {known}; {SET}district NAME"])
    return loaded.city


def refuse(problems: Sequence[str]) -> None:
    """End the program if there are problems: each is printed on a line of its own."""
    for problem in problems:
        pulumi.log.error(problem)
    if problems:
        raise pulumi.RunError(f"{len(problems)} problem(s), each on a line above with what mends it; nothing was changed")
