"""What admission is given: only waivers that hold, every room's addresses, and lines that cannot be read in two ways."""

from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.model.city import City
from infra.model.load import load_city
from infra.model.register import COLUMNS, NOWHERE, register_of, rendered
from infra.model.room_review import found_digest, reviewed
from infra.model.verdict import Subject
from infra.model.waiver import Scope, Waiver
from infra.model.waiving import decide
from tests.desk import ROOT, Desk

TODAY = date(2026, 11, 23)
DIGEST = "3dc699c8754ac774084e466ccacbb38263f56d2352a0445e4519c17b09a0e14f"


@pytest.fixture(name="tiny", scope="module")
def tiny_city() -> City:
    return city("tiny")


@cache
def city(name: str) -> City:
    found = load_city(ROOT / "stacks" / name).city
    assert found is not None
    return found


def changed(found: City, **fields: Any) -> City:  # noqa: ANN401 - any field
    one = found.waivers["education-cache"].model_copy(update=fields)
    return replace(found, waivers={one.name: one})


def fields(data: dict[str, str], key: str) -> list[dict[str, str]]:
    """Return the lines of a key as admission reads them."""
    return [dict(zip(COLUMNS[key], line.split(" "), strict=True)) for line in data[key].split("\n") if line]


def test_the_register_of_the_tiny_city(tiny: City) -> None:
    closed = tiny.city.tombstones["record-cellar"].digest
    assert rendered(tiny, TODAY) == {
        "waivers": f"MR-08 east-education-prod apps/StatefulSet cache {DIGEST} 2027-05-18T23:59:59Z education-cache",
        "rooms": "old-school migrating school-lane-3-cellar 2028-01-31\nrecord-cellar closed market-square-1-cellar 2026-06-30",
        "addresses": "192.0.2.0/27 old-school migrating\n192.0.2.64/28 record-cellar closed",
        "tombstones": f"record-cellar market-square-1-cellar 2026-06-12 {closed}",
    }


@pytest.mark.parametrize(
    ("day", "holds"), [((2026, 11, 18), False), ((2026, 11, 19), True), ((2027, 5, 18), True), ((2027, 5, 19), False)]
)
def test_a_waiver_is_there_on_its_days_alone(tiny: City, day: tuple[int, int, int], holds: bool) -> None:  # noqa: FBT001 - a case
    assert bool(rendered(tiny, date(*day))["waivers"]) == holds


@pytest.mark.parametrize(
    "change",
    [{"approved_by": "user:li.wei"}, {"expires": None}, {"expires": date.max}, {"rule": "MR-01"}, {"created": date(2026, 11, 1)}],
    ids=str,
)
def test_a_waiver_that_does_not_hold_is_left_out_whoever_made_it(tiny: City, change: dict[str, Any]) -> None:
    assert rendered(changed(tiny, **change), TODAY)["waivers"] == ""


def test_an_object_in_no_namespace_has_a_dash_for_it(tiny: City) -> None:
    data = rendered(changed(tiny, scope=Scope(kind="PersistentVolume", name="filer")), TODAY)
    assert fields(data, "waivers")[0]["namespace"] == NOWHERE


def test_an_empty_city_has_empty_texts(tiny: City) -> None:
    empty = replace(tiny, waivers={}, rooms={}, city=tiny.city.model_copy(update={"tombstones": {}}))
    assert rendered(empty, TODAY) == dict.fromkeys(COLUMNS, "")


def test_the_model_city_has_all_its_rooms_and_what_holds_today() -> None:
    data = rendered(city("hangzhou"), TODAY)
    assert [each["waiver"] for each in fields(data, "waivers")] == ["relief-records", "schedule-cache", "fair-guide"]
    assert len(fields(data, "rooms")) == 12
    assert len(fields(data, "addresses")) == 13
    assert [each["room"] for each in fields(data, "tombstones")] == ["gardens-office", "jiefang-road"]
    assert all(len(text.encode()) < 1024 * 1024 for text in data.values()), "what an object of the cluster holds"


SCOPES = st.builds(
    Scope,
    tenant=st.from_regex(r"\A[a-z][-a-z0-9]{0,5}/[a-z][-a-z0-9]{0,5}\Z"),
    environment=st.from_regex(r"\A[a-z][a-z0-9]{0,5}\Z"),
    kind=st.from_regex(r"\A([a-z0-9][-.a-z0-9]{0,8}/)?[A-Z][A-Za-z0-9]{0,8}\Z"),
    name=st.from_regex(r"\A[a-z0-9]([-a-z0-9.]{0,8}[a-z0-9])?\Z"),
)


@given(SCOPES)
def test_a_line_reads_in_one_way_only(scope: Scope) -> None:
    found = changed(city("tiny"), scope=scope)
    (line,) = fields(rendered(found, TODAY), "waivers")
    assert (line["namespace"], line["kind"], line["name"]) == (scope.namespace, scope.kind, scope.name)
    assert decide(register_of(found), line["rule"], Subject(scope, (line["waiver"],)), line["digest"], TODAY).waived


def test_a_waived_finding_of_a_room_is_still_a_finding() -> None:
    found = city("hangzhou")
    room = found.rooms["hospital-exchange"]
    (judged,) = reviewed(found, room, TODAY)
    assert (judged.finding.rule, judged.verdict.waived, judged.verdict.waiver) == ("LG-02", True, "relief-records")
    (later,) = reviewed(found, room, date(2027, 1, 16))
    assert later.finding == judged.finding
    assert (later.verdict.waived, later.verdict.words) == (False, "the waiver relief-records is over since 2027-01-15")
    assert found.waivers["relief-records"].digest == found_digest(room)


def test_a_waiver_for_a_room_holds_for_what_was_surveyed_and_no_more() -> None:
    found = city("hangzhou")
    room = found.rooms["hospital-exchange"]
    assert room.survey is not None
    more = room.survey.model_copy(update={"inventory": room.survey.inventory.model_copy(update={"racks": 17})})
    (judged,) = reviewed(found, room.model_copy(update={"survey": more}), TODAY)
    assert not judged.verdict.waived
    assert "was given for the object as it was before a change" in judged.verdict.words


def test_a_waiver_for_a_repair_holds_for_the_repairs_that_there_were_and_no_other() -> None:
    found = city("tiny")
    room = found.rooms["old-school"]
    (disk,) = room.replacements.values()
    better = disk.model_copy(update={"now": disk.now.model_copy(update={"disk_gib": 1201})})
    repaired = room.model_copy(update={"replacements": {"one": better}, "survey": None})
    waiver = found.waivers["education-cache"].model_copy(
        update={"rule": "LG-05", "scope": Scope(kind="Room", name=room.name), "digest": found_digest(repaired)}
    )
    waived = replace(found, waivers={waiver.name: waiver})
    assert [each.verdict.waived for each in reviewed(waived, repaired, TODAY)] == [True]
    again = repaired.model_copy(update={"replacements": {"one": better, "two": better}})
    assert [each.verdict.waived for each in reviewed(waived, again, TODAY)] == [False, False]


def test_growth_cannot_be_waived() -> None:
    found = city("hangzhou")
    (judged,) = reviewed(found, found.rooms["traffic-centre"], TODAY)
    assert (judged.finding.rule, judged.finding.field, judged.verdict.waived) == ("LG-01", "servers", False)
    assert judged.verdict.words == "no waiver of LG-01 for Room traffic-centre"


def test_a_tombstone_is_looked_at(desk: Desk) -> None:
    found = load_city(desk.folder).city
    assert found is not None
    opened = found.rooms["record-cellar"].model_copy(update={"state": found.rooms["old-school"].state})
    assert [each.finding.rule for each in reviewed(found, opened, TODAY)] == ["LG-04"]


def test_the_waivers_of_the_city_are_those_of_its_files(tiny: City) -> None:
    assert isinstance(tiny.waivers["education-cache"], Waiver)
    assert register_of(tiny).approvers == tiny.city.approvers
