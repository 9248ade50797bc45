"""The entries of the city's data that onboarding makes: data from options and a template, nothing more."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cityfabric.errors import UserError
from infra.model.city import City
from infra.model.quota import UNITS, Quota
from infra.model.template import Template


@dataclass(frozen=True, slots=True)
class TenantOrder:
    """What somebody asks for who wants a tenant."""

    district: str
    name: str
    template: str
    owner: str
    cost_code: str
    email: str
    developers: tuple[str, ...]
    title_zh: str = ""
    title_en: str = ""
    consumes: tuple[str, ...] = ()


def tenant(city: City, order: TenantOrder) -> dict[str, Any]:
    """Return the tenant of an order: the template, and what the order says.

    Raises:
        UserError: There is no such template or department.
    """
    template = chosen(city.templates, order.template, "template", "templates")
    department = chosen(city.departments, order.owner, "department", "departments")
    district = chosen(city.districts, order.district, "district", "districts")
    return {
        "title": {
            "zh": order.title_zh or f"{district.title.zh}{department.title.zh}",
            "en": order.title_en or f"{department.title.en} in {district.title.en}",
        },
        "owner": order.owner,
        "contact": {"email": order.email},
        "cost_code": order.cost_code,
        "template": {"name": template.name, "version": template.version},
        **from_template(template),
        "roles": {"developer": list(order.developers)},
        "consumes": list(dict.fromkeys((*template.consumes, *order.consumes))),
    }


def from_template(template: Template) -> dict[str, Any]:
    """Return what a template decides of a tenant."""
    return {
        "protection_level": template.protection_level,
        "zone": template.zone,
        "egress": str(template.egress),
        "quota": template.quota.model_dump(),
        "environments": {name: {"quota": one.quota.model_dump()} for name, one in template.environments.items()},
    }


def amount(text: str) -> Quota:
    """Return a quota written as in `cpu_millicores=2000,memory_gib=4,storage_gib=16,pods=30`.

    Raises:
        UserError: It is not written so.
    """
    pairs = [part.partition("=") for part in text.split(",")]
    values = {name.strip(): int(value) for name, _, value in pairs if value.strip().isdigit()}
    if set(values) != set(UNITS) or len(pairs) != len(UNITS):
        raise UserError(
            f"{text!r} is no amount", f"write all of {', '.join(f'{unit}=NUMBER' for unit in UNITS)}, with commas between"
        )
    return Quota(**values)


def chosen(known: Any, name: str, what: str, folder: str) -> Any:  # noqa: ANN401 - a record of the city
    """Return what a name stands for.

    Raises:
        UserError: It stands for nothing.
    """
    if name not in known:
        raise UserError(f"there is no {what} {name!r} in {folder}/", f"choose among: {', '.join(sorted(known)) or 'none yet'}")
    return known[name]


def unused(known: Sequence[str], name: str, what: str) -> None:
    """Refuse a name that is taken.

    Raises:
        UserError: It is.
    """
    if name in known:
        raise UserError(f"the {what} {name!r} is there already", "choose another name, or edit its file")
