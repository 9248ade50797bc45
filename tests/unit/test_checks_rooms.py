"""Checks of the legacy server rooms: in a declared wave, by a day inside it, closed only when nothing is left."""

import re

import pytest

from tests.desk import Desk, Mistake

CITY, ROOM, CLOSED = "city.yaml", "rooms/old-school.yaml", "rooms/record-cellar.yaml"
MOVED = "    moved_to: east/education\n    moved_on: 2026-09-12\n"

# fmt: off
MISTAKES = [
    Mistake(ROOM, "owner: education", "owner: edukation", "edukation", "owner", "edukation",
            "not declared", "civil-affairs, education, statistics", "did you mean 'education'?"),
    Mistake(ROOM, "moved_to: east/education", "moved_to: eastt/education", "eastt", "systems.enrolment.moved_to",
            "eastt/education", "not declared", "east/education, west/education", "did you mean 'east/education'?"),
    Mistake(ROOM, "moved_to: east/education", "moved_to: east/taxes", "taxes", "systems.enrolment.moved_to", "east/taxes",
            "not declared", "east/civil-affairs, east/education", "add the tenant to districts/east.yaml"),
    Mistake(ROOM, "migrate_by: 2027-06-30", "migrate_by: 2028-01-01", "migrate_by:", "migrate_by", "2028-01-01",
            "outside the wave first", "2026-01-01 to 2027-12-31", "choose a day in the wave"),
    Mistake(CLOSED, "migrate_by: 2026-06-30", "migrate_by: 2025-12-31", "2025-12-31", "migrate_by", "2025-12-31",
            "outside the wave first", "2026-01-01 to 2027-12-31", "choose a day in the wave"),
    Mistake(ROOM, "    moved_on: 2026-09-12\n", "", "moved_to", "systems.enrolment.moved_to", "east/education",
            "moved, and nothing says when", "'moved_to' with 'moved_on'", "add 'moved_on:'"),
    Mistake(ROOM, "    moved_to: east/education\n", "", "moved_on", "systems.enrolment.moved_on", "2026-09-12",
            "moved, and nothing says where to", "'moved_on' with 'moved_to'", "add 'moved_to:'"),
    Mistake(ROOM, "moved_on: 2026-09-12", "moved_on: 2025-07-31", "moved_on", "systems.enrolment.moved_on", "2025-07-31",
            "moved before the inventory was signed", "2025-08-01 or later", "correct one of the two days"),
    Mistake(CITY, "closes: 2027-12-31", "closes: 2025-12-31", "2025-12-31", "waves.first.closes", "2025-12-31",
            "closes before it opens", "2026-01-01 or later", "exchange the two days"),
]
# fmt: on


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: f"{mistake.field}={mistake.value}")
def test_a_rule_of_the_rooms(desk: Desk, mistake: Mistake) -> None:
    desk.see(mistake)


@pytest.mark.parametrize("day", ["2026-01-01", "2027-12-31"])
def test_the_first_and_the_last_day_belong_to_the_wave(desk: Desk, day: str) -> None:
    desk.edit(CLOSED, "migrate_by: 2026-06-30", f"migrate_by: {day}")
    assert desk.load().problems == ()


def test_a_room_closes_when_all_has_moved_and_has_its_tombstone(desk: Desk) -> None:
    desk.edit(ROOM, "state: migrating", "state: closed")
    left, no_tombstone = desk.load().problems
    assert (left.field, left.message) == ("state", "still in the closed room: library")
    assert (no_tombstone.field, no_tombstone.message) == ("state", "the closed room has no tombstone")
    desk.edit(ROOM, "en: Library}\n", "en: Library}\n    moved_to: west/education\n    moved_on: 2026-11-20\n")
    entry = re.findall(r"tombstones: \{(.*)\}$", desk.only_problem().mend)[0].replace("DAY", "2026-11-21")
    desk.edit(CITY, "tombstones:\n", f"tombstones:\n  {entry}\n")
    assert desk.load().problems == (), "what mends it is told so that it can be copied"
    desk.edit(CITY, "closed_on: 2026-11-21", "closed_on: 2026-11-20")
    assert desk.load().problems == ()
    desk.edit(CITY, "closed_on: 2026-11-20", "closed_on: 2026-11-19")
    assert desk.only_problem().allowed == "2026-11-20 or later", "the last of all that moved"


def test_a_room_is_frozen_before_it_is_to_be_empty(desk: Desk) -> None:
    desk.edit(ROOM, "frozen_on: 2025-08-01", "frozen_on: 2027-07-01")
    told = {problem.field: problem for problem in desk.load().problems if "new server room" not in problem.message}
    assert told.keys() == {
        "frozen_on",
        "signed.digest",
        "systems.enrolment.moved_on",
        "replacements.disk-in-march.day",
        "survey.day",
    }
    assert "the inventory was signed after the room is to be empty" in told["frozen_on"].message
    assert told["frozen_on"].allowed == "2027-06-30 or earlier"
    assert (told["survey.day"].message, told["survey.day"].allowed) == (
        "is before the inventory was signed",
        "2027-07-01 or later",
    )


@pytest.mark.parametrize("day", ["2025-08-01", "2026-11-23"])
def test_a_system_may_move_on_the_very_day_of_the_inventory(desk: Desk, day: str) -> None:
    desk.edit(ROOM, "moved_on: 2026-09-12", f"moved_on: {day}")
    assert desk.load().problems == ()


def test_an_unknown_wave_leaves_the_other_without_a_room(desk: Desk) -> None:
    for room in (ROOM, CLOSED):
        desk.edit(room, "wave: first", "wave: second")
    problems = desk.load().problems
    assert [(problem.file, problem.line, problem.field) for problem in problems] == [
        (CITY, desk.line(CITY, "  first:"), "waves.first"),
        (ROOM, desk.line(ROOM, "wave: second"), "wave"),
        (CLOSED, desk.line(CLOSED, "wave: second"), "wave"),
    ]
    assert problems[1].allowed == "first"


def test_a_room_that_cannot_be_read_does_not_leave_its_wave_unused(desk: Desk) -> None:
    (desk.folder / CLOSED).unlink()
    desk.edit(CITY, "  record-cellar:", "  old-cellar:")
    assert {problem.field for problem in desk.load().problems} == {"tombstones.old-cellar"}
    desk.edit(CITY, (desk.folder / CITY).read_text("utf-8").partition("tombstones:")[2].partition("\n\n")[0], " {}")
    assert desk.load().problems == ()
    desk.edit(ROOM, "wave: first", "wave: 1")
    assert desk.only_problem().field == "wave"


def test_a_system_may_have_moved_to_a_tenant_with_a_fault(desk: Desk) -> None:
    desk.edit("districts/east.yaml", "cost_code: TINY-EAST-EDU", "cost_code: none")
    assert desk.only_problem().field == "tenants.education.cost_code"
