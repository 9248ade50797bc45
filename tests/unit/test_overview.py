"""The city as `cityfabric status` shows it, from made-up objects of a cluster."""

import io
from typing import Any

import pytest
from rich.console import Console

from cityfabric.overview import MANY, Row, rows, table
from infra.model import labels
from tests.terminal import HARD, USED, Cluster, namespace, quota


def row(district: str = "east", tenant: str = "education", environment: str = "prod", **more: Any) -> Row:  # noqa: ANN401
    given = {"zone": "extranet", "state": "Active", "used": USED, "hard": HARD, "namespace": f"{district}-{tenant}-{environment}"}
    return Row(district, tenant, environment, **(given | more))


def drawn(found: list[Row], width: int = 100, *, tenants: bool = False, terminal: bool = True) -> list[str]:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(table(found, "tiny", tenants=tenants, width=width if terminal else None))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    return [line.rstrip() for line in text.splitlines()]


def line(lines: list[str], word: str) -> list[str]:
    (found,) = (line.split() for line in lines if word in line.split())
    return found


def test_rows_are_the_citys_namespaces_with_their_quotas() -> None:
    marks = {"district": "east", "tenant": "education", "zone": "extranet"}
    cluster = Cluster(
        namespace("east-education-test", environment="test", **marks),
        namespace("east-education-prod", environment="prod", **marks),
        quota("east-education-prod"),
        quota("somewhere-else"),
    )
    found = rows(cluster, "tiny")  # type: ignore[arg-type]
    assert found == [row(), row(environment="test", used={}, hard={})]
    assert cluster.asked == [{labels.MANAGED_BY: labels.MANAGER}, {labels.CITY: "tiny", labels.PART: labels.PART_TENANT}]


@pytest.mark.parametrize(("phase", "state"), [("Terminating", "Terminating"), (None, "unknown")])
def test_a_namespace_that_is_going_or_odd_is_shown_as_it_is(phase: str | None, state: str) -> None:
    (found,) = rows(Cluster(namespace("bare", phase)), "tiny")  # type: ignore[arg-type]
    assert (found.state, found.district, found.hard) == (state, "", {})
    assert state in "\n".join(drawn([found]))


def test_json_holds_everything() -> None:
    assert row().as_json() == {
        "district": "east",
        "tenant": "education",
        "environment": "prod",
        "zone": "extranet",
        "state": "Active",
        "namespace": "east-education-prod",
        "used": USED,
        "hard": HARD,
    }


def test_few_rows_are_shown_tenant_by_tenant_under_their_district() -> None:
    lines = drawn([row(), row(environment="test", state="Terminating"), row("west", "statistics", zone="data")])
    assert lines[0].strip() == "tiny: 2 districts, 2 tenants"
    assert drawn([row()])[0].strip() == "tiny: 1 district, 1 tenant"
    assert line(lines, "tenant") == ["tenant", "env", "zone", "state", "pods", "CPU", "memory"]
    assert line(lines, "east") == ["east", "6/20", "1/5", "3/8"]
    assert line(lines, "test") == ["education", "test", "extranet", "Terminating", "3/10", "0.5/2.5", "1.5/4"]
    assert line(lines, "statistics") == ["statistics", "prod", "data", "Active", "3/10", "0.5/2.5", "1.5/4"]


def many() -> list[Row]:
    zones = ("data", "extranet", "internet")
    return [row(f"d{n // 9:02}", f"t{n % 9}", zone=zones[n % 3 if n < 27 else 1]) for n in range(MANY + 5)] + [
        row("d04", "t8", "test", zone="extranet", state="Terminating")
    ]


def test_many_rows_are_a_line_per_district_with_tenants_by_zone() -> None:
    lines = drawn(many())
    assert line(lines, "district") == ["district", "data", "extranet", "internet", "state", "pods", "CPU", "memory"]
    assert line(lines, "d00") == ["d00", "3", "3", "3", "Active", "27/90", "4.5/22.5", "13.5/36"]
    assert line(lines, "d04") == ["d04", "9", "1", "Terminating", "30/100", "5/25", "15/40"]  # a tenant counts once
    assert lines[-2].split()[:3] == ["9", "27", "9"]
    assert len(lines) < 15


def test_many_rows_are_shown_tenant_by_tenant_when_asked_for() -> None:
    lines = drawn(many(), tenants=True)
    assert sum("prod" in line.split() for line in lines) == MANY + 5


def test_sums_are_exact_and_a_missing_quota_is_a_dash() -> None:
    small = {"pods": "0", "requests.cpu": "20m", "requests.memory": "10Mi"}
    large = {"pods": "1k", "requests.cpu": "101500m", "requests.memory": "2Ti"}
    assert line(drawn([row(used=small, hard=large)]), "education")[-3:] == ["0/1000", "0.02/101.5", "0.01/2048"]
    assert line(drawn([row(used={}, hard={})]), "education")[-3:] == ["-/-", "-/-", "-/-"]
    assert line(drawn([row(used={}, hard={}), row(tenant="other")]), "east")[-3:] == ["3/10", "0.5/2.5", "1.5/4"]


@pytest.mark.parametrize("width", [80, 100])
@pytest.mark.parametrize("tenants", [True, False])
@pytest.mark.parametrize("name", ["environmental-protectio", "environmental-protection-bureau-of-the-city"])
def test_no_line_is_broken_and_no_amount_is_cut(width: int, name: str, tenants: bool) -> None:  # noqa: FBT001 - a test's parameter
    used = {"pods": "405", "requests.cpu": "101500m", "requests.memory": "406Gi"}
    found = [row("shangcheng", f"{name}-{n}", state="Terminating", used=used, hard=used) for n in range(MANY + 1)]
    lines = drawn(found, width, tenants=tenants)
    assert max(map(len, lines)) <= width
    assert len(lines) == (MANY + 1 + 5 if tenants else 7)
    assert all(("405/405" in line and "101.5/101.5" in line) for line in lines if "prod" in line.split())
    assert sum(line.endswith(" 406/406") for line in lines) == (MANY + 1 if tenants else 0)


def test_without_a_terminal_names_are_whole() -> None:
    name = "environmental-protection-bureau-of-the-city"
    assert name in " ".join(drawn([row("shangcheng", name)], 200, terminal=False))
