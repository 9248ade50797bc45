"""Roles until a day: how the data says so, what is wrong with it, and what is made of it on which day."""

import re
from datetime import UTC, date, datetime

import jsonschema  # type: ignore[import-untyped]  # its stubs are not in the lock
import pytest

from infra.model import schema
from infra.model.holder import Temporary, expiry, has_lapsed
from infra.model.kinds import KINDS
from infra.model.tenant import Role
from infra.tenancy.bindings import Binding, bindings, lapsed, rbac_subject
from tests.desk import ROOT, Desk, Mistake, read_otherwise

EAST = "districts/east.yaml"
OLD = "operator: [group:east-education-operators]"
LONG = "{subject: user:li.wei, until: 2026-12-31, reason: stands in for the duty}"
FIELD = "tenants.education.roles.operator"
LAST = date(2026, 12, 31)


def operators(*holders: str) -> str:
    return f"operator: [{', '.join(holders)}]"


# fmt: off
MISTAKES = [
    Mistake(EAST, OLD, operators("{subject: user:li.wei, reason: none}"), "user:li.wei", f"{FIELD}.0.until", "",
            "required key", "written YYYY-MM-DD", "add 'until:'", "east"),
    Mistake(EAST, OLD, operators("{subject: user:li.wei, until: 2026-12-31}"), "user:li.wei", f"{FIELD}.0.reason", "",
            "required key", "one line", "add 'reason:'", "east"),
    Mistake(EAST, OLD, operators("{subject: user:li.wei, until: 2026-02-30, reason: x}"), "user:li.wei", f"{FIELD}.0.until",
            "2026-02-30", "not allowed", "a day of the calendar", "write a value", "east"),
    Mistake(EAST, OLD, operators("{subject: user:li.wei, until: 2026-12-31T12:00:00Z, reason: x}"), "user:li.wei",
            f"{FIELD}.0.until", "2026-12-31T12:00:00Z", "not a day", "a day of the calendar", "write a value", "east"),
    Mistake(EAST, OLD, operators("{subject: li.wei, until: 2026-12-31, reason: x}"), "li.wei", f"{FIELD}.0.subject", "li.wei",
            "written", "'group:NAME'", "write a value", "east"),
    Mistake(EAST, OLD, operators("{subject: user:li.wei, untill: 2026-12-31, until: 2026-12-31, reason: x}"), "untill",
            f"{FIELD}.0.untill", "", "the key is unknown", "the keys subject, until, reason", "did you mean 'until'?", "east"),
    Mistake(EAST, OLD, operators("7"), "operator: [7]", f"{FIELD}.0", "7", "is no text",
            "in lower case, or a mapping with the keys subject, until, reason", "write a value", "east"),
    Mistake(EAST, OLD, operators("group:system:masters"), "system:masters", f"{FIELD}.0", "group:system:masters",
            "written", "'group:NAME'", "write a value", "east"),
    Mistake(EAST, OLD, operators("user:li.wei", LONG), "user:li.wei", f"{FIELD}.1", "user:li.wei",
            "named in line 25 already", "once for a role", "remove one", "east"),
    Mistake(EAST, "[group:east-administrators]", "[group:east-administrators, group:east-administrators]",
            "east-administrators", "administrators.1", "group:east-administrators", "already", "once", "remove one", "east"),
]
# fmt: on


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: f"{mistake.field}={mistake.value}")
def test_a_mistake_is_told_completely(desk: Desk, mistake: Mistake) -> None:
    desk.see(mistake)


def test_both_forms_stand_side_by_side_and_editors_take_them(desk: Desk) -> None:
    desk.edit(EAST, OLD, operators("group:east-education-operators", LONG))
    loaded = desk.load()
    assert not loaded.problems
    assert loaded.city is not None
    short, long = loaded.city.districts["east"].tenants["education"].roles[Role.OPERATOR]
    assert short == "group:east-education-operators"
    assert long == Temporary(subject="user:li.wei", until=LAST, reason="stands in for the duty")
    districts = schema.of(next(kind for kind in KINDS if kind.name == "district"))
    jsonschema.validate(read_otherwise(desk.folder / EAST), districts)


def made(desk: Desk, today: date) -> list[Binding]:
    desk.edit(
        EAST, OLD, operators("group:ops", LONG, LONG.replace("li.wei", "wang"), "{subject: user:z, until: 2027-01-01, reason: y}")
    )
    city = desk.load().city
    assert city is not None
    district = city.districts["east"]
    found = bindings(district.tenants["education"], district.administrators, "east-education-prod", today)
    return [each for each in found if each.role == "operator"]


def test_each_day_has_a_binding_of_its_own(desk: Desk) -> None:
    permanent, first, second = made(desk, LAST)
    assert permanent == Binding("cityfabric-operator", "operator", ("group:ops",))
    assert first == Binding("cityfabric-operator-until-2026-12-31", "operator", ("user:li.wei", "user:wang"), LAST)
    assert first.reasons == {"user:li.wei": "stands in for the duty", "user:wang": "stands in for the duty"}
    assert second.name == "cityfabric-operator-until-2027-01-01"


def test_the_day_after_there_is_none_any_more(desk: Desk) -> None:
    assert [each.until for each in made(desk, date(2027, 1, 1))] == [None, date(2027, 1, 1)]


def test_a_role_whose_only_holder_has_lapsed_is_bound_to_nobody(desk: Desk) -> None:
    desk.edit(EAST, OLD, operators(LONG))
    city = desk.load().city
    assert city is not None
    tenant = city.districts["east"].tenants["education"]
    after = bindings(tenant, ("group:a",), "n", date(2027, 1, 1))
    assert {each.name for each in bindings(tenant, ("group:a",), "n", LAST)} - {each.name for each in after} == {
        "cityfabric-operator-until-2026-12-31"
    }
    assert all(each.subjects for each in after)


def test_lapsed_lines_are_told_with_what_to_do(desk: Desk) -> None:
    desk.edit(EAST, OLD, operators(LONG))
    desk.edit(EAST, "[group:east-administrators]", f"[group:east-administrators, {LONG}]")
    city = desk.load().city
    assert city is not None
    assert lapsed("east", city.districts["east"], LAST) == []
    first, second = lapsed("east", city.districts["east"], date(2027, 1, 1))
    assert first.startswith("east: administrators: user:li.wei until 2026-12-31 is over")
    assert second.startswith("east/education: operator: user:li.wei until 2026-12-31 is over")
    assert "remove the line, or set another day" in second


def test_the_last_day_counts_to_its_end() -> None:
    holder = Temporary(subject="user:x", until=LAST, reason="y")
    assert str(holder) == "user:x until 2026-12-31"
    assert not has_lapsed(holder, LAST)
    assert has_lapsed(holder, date(2027, 1, 1))
    assert not has_lapsed("user:x", date.max)
    assert datetime.fromisoformat(expiry(LAST)) == datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert expiry(date.max) == "9999-12-31T23:59:59Z"
    assert expiry(date.min) == "0001-01-01T23:59:59Z"


def test_subjects_are_written_as_kubernetes_has_them() -> None:
    rbac = "rbac.authorization.k8s.io"
    assert rbac_subject("group:a") == {"api_group": rbac, "kind": "Group", "name": "a"}
    assert rbac_subject("user:b@c") == {"api_group": rbac, "kind": "User", "name": "b@c"}
    assert rbac_subject("serviceaccount:n/d") == {"kind": "ServiceAccount", "name": "d", "namespace": "n"}


def shown(language: str, containing: str) -> str:
    """Return the one block of the guide in that language that holds a text."""
    page = (ROOT / "docs/how-to/review-access.md").read_text("utf-8")
    (found,) = (body for body in re.findall(rf"^```{language}\n(.*?)^```", page, re.DOTALL | re.MULTILINE) if containing in body)
    return str(found)


def test_the_examples_of_the_guide_are_faultless_and_told_as_it_says(desk: Desk) -> None:
    text = (desk.folder / EAST).read_text("utf-8")
    old = re.search(r"    roles:\n      developer: \[group:east-education.*\n      operator.*\n      auditor.*\n", text)
    assert old
    desk.edit(EAST, old.group(), shown("yaml", "subject:"))
    desk.edit("city.yaml", "registry:", f"{shown('yaml', 'administrators')}registry:")
    loaded = desk.load()
    assert not loaded.problems
    assert loaded.city is not None
    assert lapsed("east", loaded.city.districts["east"], LAST) == [], "whoever tries the example still has it"
    tenant = loaded.city.districts["east"].tenants["education"]
    operators = ("group:east-education-operators", Temporary(subject="user:li.wei", until=LAST, reason="stands in"))
    over = tenant.model_copy(update={"roles": {Role.OPERATOR: operators}})
    district = loaded.city.districts["east"].model_copy(update={"tenants": {"education": over}})
    assert shown("text", "is over") == f"{lapsed('east', district, date(2027, 1, 1))[0]}\n"
