"""Write a request that passes into the data: the new quota into the district's file, the decision into the request's own.

Nothing is written that does not read back as what was meant: both files are changed in a copy of the city's folder first, and the
copy is loaded. Then each is put in place by one rename, the district's first. Cut off between the two, the request is still open
and asks for what is there already; the next run closes it.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from cityfabric.console import show_problems
from cityfabric.errors import UserError
from cityfabric.quotas.edit import with_numbers
from infra.model import kinds
from infra.model.city import City
from infra.model.decision import Decision
from infra.model.load import load_city
from infra.model.quota import UNITS, Quota, Usage
from infra.model.request import Decided, Request, Rules
from infra.model.tenant import District, Tenant
from infra.model.words import FieldPath


@dataclass(frozen=True, slots=True)
class Change:
    """A request that passes, and what it was decided on."""

    request: Request
    """The request."""
    tenant: Tenant
    """The tenant as it is."""
    decision: Decision
    """The decision, which passes."""
    used: Usage | None
    """What was used then."""
    day: date
    """The day."""

    @property
    def record(self) -> Decided:
        """What is written into the request's file."""
        rules = Rules.model_validate({unit: verdict.rule for unit, verdict in self.decision.units.items()})
        return Decided(day=self.day, was=self.request.current(self.tenant), used=self.used, rules=rules)


def apply(folder: Path, change: Change) -> tuple[str, str]:
    """Write a change into the city's folder.

    Returns:
        The two files, relative to the folder.

    Raises:
        UserError: The data would be faulty or not what was meant, or somebody changed it meanwhile; nothing is written.
    """
    district, _ = change.request.place
    files = kinds.DISTRICT.file(district), kinds.REQUEST.file(change.request.name)
    meant = _meant(load_city(folder).city, change)
    old = {file: (folder / file).read_bytes() for file in files}
    first, second = (old[file].decode("utf-8") for file in files)
    numbers, record = _numbers(change), change.record
    new = {files[0]: with_numbers(first, numbers), files[1]: second.rstrip("\n") + "\n" + _written(record)}
    with TemporaryDirectory() as place:
        copy = Path(shutil.copytree(folder, Path(place) / folder.name, symlinks=True))
        for file, text in new.items():
            (copy / file).write_text(text, "utf-8", newline="")
        _require_meant(copy, change, meant)
    _replace(folder, old, new)
    return files


def _meant(city: City | None, change: Change) -> District:
    """Return the district as it is to be; refuse data that is not what the decision was made on."""
    district, tenant = change.request.place
    found = city.districts.get(district) if city else None
    if not city or not found or found.tenants.get(tenant) != change.tenant:
        raise UserError(f"{change.request.tenant} was changed since {change.request.name} was decided", "run the command again")
    return found.model_copy(update={"tenants": {**found.tenants, tenant: change.request.after(change.tenant)}})


def _numbers(change: Change) -> dict[FieldPath, int]:
    """Return the numbers of the district's file that become others."""
    (_, name), before, after = change.request.place, change.tenant, change.request.after(change.tenant)
    quotas: dict[FieldPath, tuple[Quota, Quota]] = {("tenants", name, "quota"): (before.quota, after.quota)}
    for environment in before.environments:
        path = "tenants", name, "environments", environment, "quota"
        quotas[path] = before.environments[environment].quota, after.environments[environment].quota
    return {
        (*path, unit): getattr(new, unit)
        for path, (old, new) in quotas.items()
        for unit in UNITS
        if getattr(old, unit) != getattr(new, unit)
    }


def _written(record: Decided) -> str:
    """Return the decision as it stands at the end of the request's file."""
    parts = record.model_dump(mode="json", exclude_none=True)
    return "decision:\n" + "".join(f"  {key}: {_flow(value)}\n" for key, value in parts.items())


def _flow(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {inner}" for key, inner in value.items()) + "}"
    return str(value)


def _require_meant(copy: Path, change: Change, meant: District) -> None:
    """Refuse a changed copy of the city that says anything else than what was meant."""
    loaded, closed = load_city(copy), change.request.model_copy(update={"decision": change.record})
    if loaded.city and loaded.city.districts.get(meant.name) == meant and loaded.city.requests.get(closed.name) == closed:
        return
    show_problems(f"stacks/{copy.name}", loaded.problems)
    message = f"with {closed.name} decided the data would not be what is meant; nothing was written"
    raise UserError(message, "mend what is told above, and run the command again")


def _replace(folder: Path, old: Mapping[str, bytes], new: Mapping[str, str]) -> None:
    """Put texts in the places of files, each whole; what somebody else wrote meanwhile is not lost."""
    # Beside the city's folder: in it, a file that a crash leaves behind would be a problem of the city.
    fresh = {file: folder.with_name(f".{folder.name}.{Path(file).name}.new") for file in new}
    try:
        for file, text in new.items():
            fresh[file].write_text(text, "utf-8", newline="")
            shutil.copymode(folder / file, fresh[file])
        if changed := [file for file, content in old.items() if (folder / file).read_bytes() != content]:
            raise UserError(f"{', '.join(changed)} changed meanwhile; nothing was written", "run the command again")
        for file, path in fresh.items():
            path.replace(folder / file)
    finally:
        for path in fresh.values():
            path.unlink(missing_ok=True)
