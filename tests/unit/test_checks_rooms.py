"""Checks of the legacy server rooms: in a declared wave, by a day inside it, closed only when nothing is left."""

import pytest

from tests.desk import Desk, Mistake

CITY, ROOM = "city.yaml", "rooms/old-school.yaml"

# fmt: off
MISTAKES = [
    Mistake(ROOM, "owner: education", "owner: edukation", "edukation", "owner", "edukation",
            "not declared", "civil-affairs, education, statistics", "did you mean 'education'?"),
    Mistake(ROOM, "moved_to: east/education", "moved_to: eastt/education", "eastt", "systems.enrolment.moved_to",
            "eastt/education", "not declared", "east/education, west/education", "did you mean 'east/education'?"),
    Mistake(ROOM, "moved_to: east/education", "moved_to: east/taxes", "taxes", "systems.enrolment.moved_to", "east/taxes",
            "not declared", "east/civil-affairs, east/education", "add the tenant to districts/east.yaml"),
    Mistake(ROOM, "migrate_by: 2027-06-30", "migrate_by: 2028-01-01", "2028", "migrate_by", "2028-01-01",
            "outside the wave first", "2026-01-01 to 2027-12-31", "choose a day in the wave"),
    Mistake(ROOM, "migrate_by: 2027-06-30", "migrate_by: 2025-12-31", "2025-12-31", "migrate_by", "2025-12-31",
            "outside the wave first", "2026-01-01 to 2027-12-31", "choose a day in the wave"),
    Mistake(ROOM, "frozen_on: 2025-08-01", "frozen_on: 2027-07-01", "2027-07-01", "frozen_on", "2027-07-01",
            "inventory was signed after", "2027-06-30 or earlier", "correct one"),
    Mistake(ROOM, "state: migrating", "state: closed", "state: closed", "state", "closed",
            "still in the closed room: library", "when every system has moved", "where they moved to"),
    Mistake(CITY, "closes: 2027-12-31", "closes: 2025-12-31", "2025-12-31", "waves.first.closes", "2025-12-31",
            "closes before it opens", "2026-01-01 or later", "exchange the two days"),
]
# fmt: on


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: f"{mistake.field}={mistake.value}")
def test_a_rule_of_the_rooms(desk: Desk, mistake: Mistake) -> None:
    desk.see(mistake)


@pytest.mark.parametrize("day", ["2026-01-01", "2027-12-31"])
def test_the_first_and_the_last_day_belong_to_the_wave(desk: Desk, day: str) -> None:
    desk.edit(ROOM, "migrate_by: 2027-06-30", f"migrate_by: {day}")
    assert desk.load().problems == ()


def test_a_room_closes_when_all_has_moved(desk: Desk) -> None:
    desk.edit(ROOM, "state: migrating", "state: closed")
    desk.edit(ROOM, "en: Library}", "en: Library}\n    moved_to: west/education")
    assert desk.load().problems == ()


def test_an_unknown_wave_leaves_the_other_without_a_room(desk: Desk) -> None:
    desk.edit(ROOM, "wave: first", "wave: second")
    problems = desk.load().problems
    assert [(problem.file, problem.line, problem.field) for problem in problems] == [
        (CITY, desk.line(CITY, "  first:"), "waves.first"),
        (ROOM, desk.line(ROOM, "wave: second"), "wave"),
    ]
    assert problems[1].allowed == "first"


def test_a_room_that_cannot_be_read_does_not_leave_its_wave_unused(desk: Desk) -> None:
    desk.edit(ROOM, "wave: first", "wave: 1")
    assert desk.only_problem().field == "wave"


def test_a_system_may_have_moved_to_a_tenant_with_a_fault(desk: Desk) -> None:
    desk.edit("districts/east.yaml", "cost_code: TINY-EAST-EDU", "cost_code: none")
    assert desk.only_problem().field == "tenants.education.cost_code"
