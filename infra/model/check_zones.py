"""The network split is complete: every pair of zones has its answer, every gateway stands at the boundary that it guards."""

import ipaddress
from collections.abc import Iterator
from typing import Final

from infra.model.parts import Part, Parts
from infra.model.problem import Problem
from infra.model.zone import Egress, EgressRule, Zones

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def check_matrix(parts: Parts) -> Iterator[Problem]:
    """The matrix has one row and one column for each zone, and no others."""
    part, zones, rows = parts.zones, parts.zones.names("zones"), parts.zones.names("matrix")
    if zones is None or rows is None:
        return
    for zone in sorted(zones - rows):
        mend = f"add the row '{zone}:' with a cell for each zone; 'deny' where nothing is needed"
        yield part.problem(("matrix",), None, f"the row of zone '{zone}' is missing", "a row for each zone", mend)
    for row in sorted(rows):
        if row not in zones:
            yield part.unknown(("matrix", row), row, zones, "remove the row, or declare the zone above")
        columns = part.names("matrix", row)
        if columns is None:
            continue
        for zone in sorted(zones - columns):
            told = f"the cell for zone '{zone}' is missing", "a cell for each zone", f"add '{zone}: deny', or what is needed"
            yield part.problem(("matrix", row), None, *told)
        for column in sorted(columns - zones):
            yield part.unknown(("matrix", row, column), column, zones, "remove the cell, or declare the zone above")


def check_gateways(parts: Parts) -> Iterator[Problem]:
    """Gateways stand in declared zones, and cells name gateways of one of their two zones."""
    part, zones = parts.zones, parts.zones.names("zones")
    if part.model is None:
        return
    for name, gateway in part.model.gateways.items():
        if zones is not None and gateway.zone not in zones:
            yield part.unknown(("gateways", name, "zone"), gateway.zone, zones, "declare the zone above")
    for row, cells in part.model.matrix.items():
        for column, cell in cells.items():
            yield from _cell(part, part.model, (row, column), cell)


def _cell(part: Part[Zones], model: Zones, pair: tuple[str, str], cell: str) -> Iterator[Problem]:
    """The gateway of one cell is declared, and stands on one of the two sides."""
    path, name, gateways = ("matrix", *pair), cell.removeprefix("via "), part.names("gateways")
    if name == cell or gateways is None:
        return
    if name not in gateways:
        yield part.unknown(path, cell, {f"via {one}" for one in gateways}, "declare the gateway above")
    elif name in model.gateways and model.gateways[name].zone not in pair:
        told = f"the gateway stands in zone {model.gateways[name].zone}", f"a gateway in zone {' or '.join(pair)}"
        yield part.problem(path, cell, *told, "name another gateway, or 'deny'")


def check_egress(parts: Parts) -> Iterator[Problem]:
    """Every egress level is stated, closed opens nothing, and exceptions lie inside what is opened."""
    part, stated = parts.zones, parts.zones.names("egress")
    for level in Egress:
        if stated is not None and level not in stated:
            message = f"the level '{level}' is missing"
            yield part.problem(("egress",), None, message, f"all of {', '.join(Egress)}", f"add '{level}:' with what it opens")
    for level, rule in part.model.egress.items() if part.model else ():
        for field in ("cidrs", "except_cidrs"):
            if level is Egress.CLOSED and getattr(rule, field):
                mend = "remove the networks, or put them under 'trusted'"
                yield part.problem(("egress", level, field), list(getattr(rule, field)), "this level opens nothing", "{}", mend)
        for number in _outside(rule):
            told = "this exception lies in no network that is opened", f"networks inside {', '.join(rule.cidrs) or 'cidrs'}"
            mend = "remove it, or open a network around it"
            yield part.problem(("egress", level, "except_cidrs", number), rule.except_cidrs[number], *told, mend)


def _outside(rule: EgressRule) -> Iterator[int]:
    opened = [ipaddress.ip_network(text) for text in rule.cidrs]
    for number, text in enumerate(rule.except_cidrs):
        closed = ipaddress.ip_network(text)
        if not any(_inside(closed, network) for network in opened):
            yield number


def _inside(inner: Network, outer: Network) -> bool:
    return inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]  # of one version by now


# A pod finds these names elsewhere: itself, and the API server.
TAKEN: Final = ("kubernetes", "localhost")


def check_services(parts: Parts) -> Iterator[Problem]:
    """A shared service has a name of its own and a declared zone, and a declared department answers for it."""
    part, zones = parts.services, parts.zones.names("zones")
    for name, service in part.model.services.items() if part.model else ():
        if zones is not None and service.zone not in zones:
            yield part.unknown(("services", name, "zone"), service.zone, zones, "declare the zone in zones.yaml")
        if service.authority is not None and service.authority not in parts.departments:
            path, otherwise = ("services", name, "authority"), f"add departments/{service.authority}.yaml"
            yield part.unknown(path, service.authority, parts.departments, otherwise)
        yield from _address(parts, name, service.zone)


def _address(parts: Parts, name: str, zone: str) -> Iterator[Problem]:
    """The name of a service is its address, so nobody else may answer to it."""
    mend, gateways = "rename the service, here and under `consumes`", parts.zones.model.gateways if parts.zones.model else {}
    if name in TAKEN:
        message, allowed = "a pod finds something else under this name", f"any other name than {' and '.join(TAKEN)}"
        yield parts.services.problem(("services", name), name, message, allowed, mend)
    if name in gateways and gateways[name].zone == zone:
        where = f"{parts.zones.file}:{parts.zones.document.line(('gateways', name))}"
        message, allowed = f"a gateway of the same zone is called so, in {where}", f"a name that no gateway in zone {zone} has"
        yield parts.services.problem(("services", name), name, message, allowed, mend)
