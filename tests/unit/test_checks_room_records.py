"""Checks of what a room's file records, and of tombstones: nothing is raised, renamed, split or opened again unseen."""

import re

import pytest

from infra.model.problem import Problem
from tests.desk import Desk, Mistake

CITY, ROOM, CLOSED = "city.yaml", "rooms/old-school.yaml", "rooms/record-cellar.yaml"
PLANNED = "    approval: {by: user:zhang.min, day: 2026-11-05"

# fmt: off
MISTAKES = [
    Mistake(ROOM, "office: user:zhou.jie", "office: user:wang.fang", "office:", "signed.office", "user:wang.fang",
            "signed for the department too", "somebody else", "let somebody of the e-government office sign"),
    Mistake(ROOM, "until: 2028-01-31", "until: 2027-06-30", "until:", "extensions.new-building.until", "2027-06-30",
            "moves the day by 0 days, from 2027-06-30", "1 to 365 days", "remove it, or write a later day"),
    Mistake(ROOM, "until: 2028-01-31", "until: 2028-06-30", "until:", "extensions.new-building.until", "2028-06-30",
            "moves the day by 366 days, from 2027-06-30", "1 to 365 days", "ask for a shorter one"),
    Mistake(ROOM, "asked_by: user:li.wei", "asked_by: user:zhang.min", "approval:", "extensions.new-building.approval.by",
            "user:zhang.min", "who asks for it approves it", "somebody else", "let somebody else approve it"),
    Mistake(ROOM, PLANNED, PLANNED.replace("zhang.min", "wang.fang"), "approval:", "extensions.new-building.approval.by",
            "user:wang.fang", "was approved on 2026-11-05 by user:wang.fang, no approver then", "user:zhang.min",
            "let one of these"),
    Mistake(ROOM, PLANNED, PLANNED.replace("2026-11", "2025-11"), "approval:", "extensions.new-building.approval.by",
            "user:zhang.min", "was approved on 2025-11-05 by user:zhang.min, no approver then", "nobody", "declare an approver"),
    Mistake(ROOM, "day: 2026-03-17", "day: 2025-07-31", "2025-07-31", "replacements.disk-in-march.day", "2025-07-31",
            "is before the inventory was signed", "2025-08-01 or later", "correct one of the two days"),
    Mistake(ROOM, "day: 2026-11-09", "day: 2025-07-31", "2025-07-31", "survey.day", "2025-07-31",
            "is before the inventory was signed", "2025-08-01 or later", "correct one of the two days"),
    Mistake(ROOM, "pieces: 1", "pieces: 0", "pieces:", "replacements.disk-in-march.pieces", "0",
            "is too small", "a whole number from 1 to 10000", "write a value"),
    Mistake(ROOM, "addresses: [192.0.2.0/27]", "addresses: [192.0.2.1/27]", "192.0.2.1", "inventory.addresses.0", "192.0.2.1/27",
            "has host bits set", "a network as CIDR", "write a value"),
    Mistake(ROOM, "site: school-lane-3-cellar", "site: ''", "site:", "site", "",
            "is not written as it must be", "lower-case letters", "write a value"),
    Mistake(CITY, "closed_on: 2026-06-12", "closed_on: 2026-05-15", "closed_on:", "tombstones.record-cellar.closed_on",
            "2026-05-15", f"is before the last system moved out of {CLOSED}", "2026-05-16 or later", "correct one of the two"),
    Mistake(CLOSED, "state: closed", "state: migrating", "state:", "state", "migrating",
            "was closed on 2026-06-12, and is not opened again", "closed", "write 'closed'; build in the cloud"),
    Mistake(CLOSED, "state: closed", "state: maintained", "state:", "state", "maintained",
            "was closed on 2026-06-12, and is not opened again", "closed", "write 'closed'; build in the cloud"),
]
# fmt: on


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda each: f"{each.field} {each.message}"[:50])
def test_mistake_is_told_where_it_is_with_what_mends_it(desk: Desk, mistake: Mistake) -> None:
    desk.see(mistake)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: old-school", "name: older-school"),
        ("site: school-lane-3-cellar", "site: school-lane-4"),
        ("frozen_on: 2025-08-01", "frozen_on: 2025-08-02"),
        ("racks: 2", "racks: 3"),
        ("servers: 9", "servers: 10"),
        ("disks: 36", "disks: 37"),
        ("storage_tib: 4", "storage_tib: 5"),
        ("addresses: [192.0.2.0/27]", "addresses: [192.0.2.0/26]"),
        ("replicas: 2", "replicas: 3"),
        ("consumers: [education, east]", "consumers: [education, east, west]"),
        ("    enrolment: {system", "    loans: {system: library, replicas: 1, consumers: []}\n    enrolment: {system"),
        ("systems:\n", "systems:\n  loans:\n    title: {zh: 借阅, en: Loans}\n"),
    ],
)
def test_whatever_is_raised_after_the_signature_is_told(desk: Desk, old: str, new: str) -> None:
    desk.edit(ROOM, old, new)
    problems = [each for each in desk.load().problems if each.field != "name"]
    assert [(each.file, each.field) for each in problems] == [(ROOM, "signed.digest")]
    assert "is not the digest of what stands in this file now" in problems[0].message
    assert (problems[0].allowed, problems[0].line) == ("the digest of what was signed", desk.line(ROOM, "digest:"))
    assert "what is there today goes into 'survey'" in problems[0].mend


def sign(desk: Desk, file: str = ROOM) -> list[Problem]:
    """Sign a room's inventory as it stands now, as its problem says; return what else is wrong."""
    found = {each for each in desk.load().problems if each.file == file and each.field == "signed.digest"}
    for problem in found:
        actual = re.findall(r"now: ([0-9a-f]{64})$", problem.message)
        desk.edit(file, f"digest: {problem.value}", f"digest: {actual[0]}")
    assert len(found) == 1
    return list(desk.load().problems)


def test_the_digest_is_told_so_that_it_can_be_signed(desk: Desk) -> None:
    desk.edit(ROOM, "racks: 2", "racks: 3")
    assert sign(desk) == []


@pytest.mark.parametrize("fault", ["racks: many", "servers: -1"])
def test_an_inventory_that_cannot_be_read_is_not_held_against_its_digest(desk: Desk, fault: str) -> None:
    name = fault.split(":", maxsplit=1)[0]
    text = (desk.folder / ROOM).read_text("utf-8")
    desk.write(ROOM, re.sub(rf"\n  {name}: .*", f"\n  {fault}", text, count=1))
    assert desk.only_problem().field == f"inventory.{name}"


@pytest.mark.parametrize(("day", "found"), [("2025-08-31", 0), ("2025-09-01", 1)])
def test_there_are_no_new_rooms(desk: Desk, day: str, found: int) -> None:
    edits = (("frozen_on: 2025-08-01", f"frozen_on: {day}"), ("site: ", "site: new-"), ("192.0.2.0/27", "192.0.2.128/27"))
    told = another(desk, ROOM, *edits)
    assert [(each.file, each.field, each.value) for each in told] == [("rooms/new-old-school.yaml", "frozen_on", day)] * found
    assert all(each.message == "this is a new server room, and there are none" for each in told)
    assert all((each.allowed, each.mend[:18]) == ("2025-08-31 or earlier", "build in the cloud") for each in told)


def test_while_rooms_are_still_counted_new_ones_come(desk: Desk) -> None:
    desk.edit(CITY, "rooms_frozen_by: 2025-08-31\n", "")
    desk.edit(ROOM, "frozen_on: 2025-08-01", "frozen_on: 2026-03-01")
    assert sign(desk) == []


def test_services_are_those_of_systems_departments_and_districts_that_there_are(desk: Desk) -> None:
    desk.edit(
        ROOM, "{system: enrolment, replicas: 2, consumers: [education, east]}", "{system: enrol, replicas: 2, consumers: [nort]}"
    )
    told = {each.field: each for each in sign(desk)}
    assert told.keys() == {"inventory.services.enrolment.system", "inventory.services.enrolment.consumers.0"}
    system, consumer = (told[name] for name in sorted(told, reverse=True))
    assert (system.allowed, system.mend) == ("enrolment, library", "did you mean 'enrolment'?")
    assert consumer.allowed == "civil-affairs, east, education, statistics, west"


def test_what_a_survey_finds_need_not_be_declared(desk: Desk) -> None:
    desk.edit(ROOM, "      library: {system: library", "      mining: {system: unknown")
    assert not desk.load().problems


def test_only_who_may_extend_does(desk: Desk) -> None:
    desk.edit(CITY, "rules: [LG-03, ", "rules: [LG-02, ")
    problem = desk.only_problem()
    assert (problem.file, problem.field) == (ROOM, "extensions.new-building.approval.by")
    assert problem.message == "was approved by user:zhang.min, who may not waive LG-03"


def test_each_extension_goes_on_from_the_one_before(desk: Desk) -> None:
    text = (desk.folder / ROOM).read_text("utf-8")
    first = text[text.index("  new-building:") : text.index("systems:\n")]
    later = first.replace("new-building:", "a-year-more:").replace("until: 2028-01-31", "until: 2029-01-30")
    desk.edit(ROOM, "extensions:\n", f"extensions:\n{later}")
    assert not desk.load().problems, "365 days after the one before"
    desk.edit(ROOM, "until: 2029-01-30", "until: 2029-01-31")
    assert desk.only_problem().message == "moves the day by 366 days, from 2028-01-31"
    desk.edit(ROOM, "until: 2029-01-31", "until: 2028-01-31")
    assert desk.only_problem().message == "moves the day by 0 days, from 2028-01-31"


def test_a_closed_room_without_tombstone_and_a_tombstone_without_room_are_both_told(desk: Desk) -> None:
    desk.edit(CITY, "  record-cellar:", "  record-celar:")
    grave, room = desk.load().problems
    assert (grave.file, grave.field, grave.message) == (CITY, "tombstones.record-celar", "the closed room has no file")
    assert (grave.allowed, grave.mend) == (
        "rooms/record-celar.yaml, kept for good",
        "write rooms/record-celar.yaml back as it was",
    )
    assert (room.file, room.field, room.message) == (CLOSED, "state", "the closed room has no tombstone")
    assert "write into city.yaml: tombstones: {record-cellar: {closed_on: DAY, digest: " in room.mend


def test_a_closed_room_stays_as_it_was_even_if_it_is_signed_again(desk: Desk) -> None:
    desk.edit(CLOSED, "site: market-square-1-cellar", "site: elsewhere")
    (problem,) = sign(desk, CLOSED)
    assert (problem.file, problem.field) == (CLOSED, "signed.digest")
    assert problem.message == "is not that of the room that was closed"
    assert f"digest: {problem.allowed}" in (desk.folder / CITY).read_text("utf-8")


def another(desk: Desk, file: str, *edits: tuple[str, str]) -> list[Problem]:
    """Write a room like another one under a new name, sign it, and return what is told."""
    text = (desk.folder / file).read_text("utf-8")
    for old, new in (*edits, ("name: ", "name: new-")):
        assert old in text
        text = text.replace(old, new, 1)
    desk.write(file.replace("rooms/", "rooms/new-"), text)
    return sign(desk, file.replace("rooms/", "rooms/new-"))


def test_a_room_of_its_own_site_and_addresses_is_fine(desk: Desk) -> None:
    assert another(desk, ROOM, ("site: ", "site: new-"), ("192.0.2.0/27", "192.0.2.128/27")) == []


def test_name_site_and_addresses_of_a_closed_room_stay_taken(desk: Desk) -> None:
    told = another(desk, CLOSED, ("state: closed", "state: maintained"), ("192.0.2.64/28", "192.0.2.64/26"))
    assert [(each.file, each.field, each.value) for each in told] == [
        ("rooms/new-record-cellar.yaml", "site", "market-square-1-cellar"),
        ("rooms/new-record-cellar.yaml", "inventory.addresses.0", "192.0.2.64/26"),
    ]
    assert told[0].message == f"is the site of {CLOSED}, closed for good"
    assert told[1].message == f"overlaps 192.0.2.64/28 of {CLOSED}, closed for good"


def test_two_rooms_have_no_site_and_no_address_in_common(desk: Desk) -> None:
    told = another(desk, ROOM, ("addresses: [192.0.2.0/27]", "addresses: ['2001:db8::/64', 192.0.2.16/32]"))
    assert [(each.file, each.field) for each in told] == [
        (ROOM, "site"),
        (ROOM, "inventory.addresses.0"),
    ], "of the two that are open and of one day the later by name"
    assert told[0].message == "is the site of rooms/new-old-school.yaml"
    assert told[1].message == "overlaps 192.0.2.16/32 of rooms/new-old-school.yaml"
    desk.edit("rooms/new-old-school.yaml", "frozen_on: 2025-08-01", "frozen_on: 2025-08-02")
    assert {each.file for each in sign(desk, "rooms/new-old-school.yaml")} == {"rooms/new-old-school.yaml"}, "the later one"


@pytest.mark.parametrize(
    ("old", "new", "left"),
    [("site: school", "site: -school", "inventory.addresses.0"), ("racks: 2", "racks: x", "site")],
)
def test_what_cannot_be_read_of_a_room_takes_nothing(desk: Desk, old: str, new: str, left: str) -> None:
    text = (desk.folder / ROOM).read_text("utf-8").replace("name: old-school", "name: odd")
    desk.write("rooms/odd.yaml", text.replace(old, new))
    told = {each.field for each in desk.load().problems if each.file == ROOM}
    assert told == {left}


def test_faulty_tombstones_are_told_alone(desk: Desk) -> None:
    desk.edit(CITY, "closed_on: 2026-06-12", "closed_on: once")
    assert desk.only_problem().field == "tombstones.record-cellar.closed_on"


@pytest.mark.parametrize(
    ("file", "line", "field"),
    [
        (CLOSED, "state: closed", "state"),
        (CLOSED, "office: user:zhou.jie", "signed.office"),
        (CLOSED, "moved_on: 2026-05-16", "systems.registers.moved_on"),
        (ROOM, "owner: user:wang.fang", "signed.owner"),
        (ROOM, "frozen_on: 2025-08-01", "frozen_on"),
        (ROOM, "migrate_by: 2027-06-30", "migrate_by"),
    ],
)
def test_a_field_that_cannot_be_read_is_told_alone(desk: Desk, file: str, line: str, field: str) -> None:
    desk.edit(file, line, f"{line.split(':', maxsplit=1)[0]}: '?'")
    assert desk.only_problem().field == field


@pytest.mark.parametrize("file", [CITY, ROOM, CLOSED, "districts/east.yaml"])
def test_a_file_that_cannot_be_read_is_told_alone(desk: Desk, file: str) -> None:
    desk.write(file, "not yet written\n")
    assert {each.file for each in desk.load().problems} == {file}


def test_a_closed_room_from_which_nothing_moved_is_told(desk: Desk) -> None:
    desk.edit(CLOSED, "    moved_to: east/education\n    moved_on: 2026-05-16\n", "")
    problem = desk.only_problem()
    assert (problem.file, problem.message) == (CLOSED, "still in the closed room: registers")


def test_systems_that_cannot_be_read_are_told_alone(desk: Desk) -> None:
    text = (desk.folder / ROOM).read_text("utf-8")
    start, end = text.index("systems:\n"), text.index("replacements:\n")
    desk.write(ROOM, f"{text[:start]}systems: many\n{text[end:]}")
    assert desk.only_problem().field == "systems"
