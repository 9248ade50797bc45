"""`cityfabric rooms` and `cityfabric waivers`: what they show of each, on which day, and how they end."""

import json
import shutil
from pathlib import Path

import pytest

from tests.desk import ROOT
from tests.terminal import Run

ROOM, WAIVER = "stacks/tiny/rooms/old-school.yaml", "stacks/tiny/waivers/education-cache.yaml"
NOW = ("--day", "2026-11-23")
DIGEST = "3dc699c8754ac774084e466ccacbb38263f56d2352a0445e4519c17b09a0e14f"
OBJECT = """apiVersion: apps/v1
kind: StatefulSet
metadata: {name: cache, namespace: east-education-prod}
spec: {replicas: 1}
"""


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def edit(project: Path, file: str, old: str, new: str) -> None:
    text = (project / file).read_text("utf-8")
    assert text.count(old) == 1
    (project / file).write_text(text.replace(old, new), "utf-8")


def test_rooms_say_what_is_left_and_where_the_rest_went(run: Run) -> None:
    answer = run("rooms", *NOW)
    assert answer.code == 0
    found = lines(answer.out)
    assert found[0] == "room owner wave state empty by systems"
    assert "record-cellar education first closed closed 2026-06-12 registers: east/education, 2026-05-16" in found
    assert "old-school education first migrating 2028-01-31 (extended) enrolment: east/education, 2026-09-12" in found
    assert "library: in the room" in found
    assert answer.err == ""


def test_an_overdue_room_is_a_finding_on_the_day_after(run: Run) -> None:
    assert run("rooms", "--day", "2028-01-31").code == 0
    answer = run("rooms", "--day", "2028-02-02")
    assert answer.code == 1
    assert any("2028-01-31 (extended), 2 days over" in line for line in lines(answer.out))
    told = "old-school: LG-03 migrate_by: was to be empty by 2028-01-31, 2 days ago; still in it: library; instead: move what"
    assert told in answer.out


def test_growth_is_told_with_what_to_do_instead(run: Run, project: Path) -> None:
    edit(project, ROOM, "servers: 5", "servers: 10")
    answer = run("rooms", *NOW)
    assert answer.code == 1
    assert "old-school: LG-01 servers: 10 where 9 were signed: 1 more; instead: take it out of the room" in answer.out


def test_a_room_that_nobody_surveyed_is_named(run: Run, project: Path) -> None:
    text = (project / ROOM).read_text("utf-8")
    (project / ROOM).write_text(text[: text.index("survey:")], "utf-8")
    answer = run("rooms", *NOW)
    assert answer.code == 0
    assert "never surveyed, so that nobody knows what stands there: old-school" in answer.err
    assert json.loads(run("rooms", "--json", *NOW).out)[0]["surveyed"] is None


def test_rooms_as_data(run: Run) -> None:
    answer = run("rooms", "--json", "--day", "2028-02-01")
    assert answer.code == 1
    first, closed = json.loads(answer.out)
    finding = first.pop("findings")
    assert first == {
        "room": "old-school",
        "title": {"zh": "老学校机房", "en": "Room in the old school"},
        "owner": "education",
        "site": "school-lane-3-cellar",
        "state": "migrating",
        "wave": "first",
        "migrate_by": "2027-06-30",
        "due": "2028-01-31",
        "overdue_days": 1,
        "left": ["library"],
        "moved": {"enrolment": {"to": "east/education", "on": "2026-09-12"}},
        "surveyed": "2026-11-09",
        "digest": first["digest"],
    }
    assert len(first["digest"]) == 64
    assert [(each["rule"], each["waived"], each["waiver"]) for each in finding] == [("LG-03", False, None)]
    assert finding[0]["verdict"] == "no waiver of LG-03 for Room old-school"
    assert (closed["room"], closed["overdue_days"], closed["findings"]) == ("record-cellar", 0, [])


def test_a_waived_finding_of_the_model_city_is_shown_as_waived(run: Run, project: Path) -> None:
    shutil.copytree(ROOT / "stacks/hangzhou", project / "stacks/hangzhou")
    answer = run("rooms", "--city", "hangzhou", *NOW)
    assert answer.code == 1, "traffic-centre grew, and nothing waives that"
    told = "civil-affairs is a consumer that was not signed; waived until 2027-01-15 by user:security-officer@e-government-office"
    assert told in answer.out
    assert "traffic-centre: LG-01 servers: 122 where 120 were signed: 2 more" in answer.out
    over = run("rooms", "--city", "hangzhou", "--day", "2027-01-16").out
    assert "is a consumer that was not signed; the waiver relief-records is over since 2027-01-15" in over


def test_a_city_without_rooms_and_waivers_says_so(run: Run, project: Path) -> None:
    city = project / "stacks/tiny"
    shutil.rmtree(city / "rooms")
    shutil.rmtree(city / "waivers")
    text = (city / "city.yaml").read_text("utf-8")
    (city / "city.yaml").write_text(text[: text.index("waves:")], "utf-8")
    for command, told in (("rooms", "tiny has no legacy server room"), ("waivers", "tiny has no waiver")):
        answer = run(command)
        assert (answer.code, answer.out) == (0, "")
        assert told in answer.err


@pytest.mark.parametrize("command", ["rooms", "waivers"])
def test_faulty_data_are_told_and_end_with_two(run: Run, project: Path, command: str) -> None:
    edit(project, "stacks/tiny/districts/east.yaml", "level: district", "level: distrikt")
    answer = run(command, *NOW)
    assert answer.code == 2
    assert "distrikt" in answer.err
    assert answer.out, "the rest is shown all the same"
    edit(project, ROOM, "owner: education", "owner: nobody")
    answer = run(command, *NOW)
    assert (answer.code, answer.out) == (2, "")
    assert "owner = nobody" in answer.err


@pytest.mark.parametrize("command", ["rooms", "waivers"])
def test_a_day_that_is_none_is_refused(run: Run, command: str) -> None:
    assert run(command, "--day", "tomorrow").code == 2


def test_waivers_say_who_approved_and_how_many_days_are_left(run: Run) -> None:
    answer = run("waivers", *NOW)
    assert answer.code == 0
    assert lines(answer.out)[2] == (
        "education-cache MR-08 product apps/StatefulSet cache in east-education-prod user:zhang.min, 2026-11-19 2027-05-18 "
        "177 in force The product knows one kind of cache only (Ticket 31)"
    )
    assert answer.err == ""


@pytest.mark.parametrize(
    ("day", "state", "left", "code"),
    [
        ("2026-11-18", "to come", 181, 0),
        ("2026-11-19", "in force", 181, 0),
        ("2027-05-18", "in force", 1, 0),
        ("2027-05-19", "lapsed", 0, 1),
    ],
)
def test_a_waiver_as_data_on_each_of_its_days(run: Run, day: str, state: str, left: int, code: int) -> None:
    answer = run("waivers", "--json", "--day", day)
    (found,) = json.loads(answer.out)
    assert (found["state"], found["days_left"], answer.code) == (state, left, code)
    assert (found["name"], found["namespace"], found["digest"]) == ("education-cache", "east-education-prod", DIGEST)
    assert ("lapsed, and whatever they allowed is refused: education-cache" in answer.err) == (state == "lapsed")


def test_a_waiver_with_a_fault_is_not_shown(run: Run, project: Path) -> None:
    edit(project, WAIVER, "asked_by: user:li.wei", "asked_by: user:zhang.min")
    answer = run("waivers", "--json")
    assert (answer.code, json.loads(answer.out)) == (2, [])
    assert "was approved by who asked for it" in answer.err


def test_the_digest_of_an_object_is_told(run: Run, project: Path) -> None:
    (project / "one.yaml").write_text(f"---\n{OBJECT}---\n", "utf-8")
    (project / "same.json").write_text(
        '{"kind": "StatefulSet", "apiVersion": "apps/v1", "spec": {"replicas": 1}, "status": {"replicas": 1}, '
        '"metadata": {"uid": "1", "namespace": "east-education-prod", "name": "cache"}}',
        "utf-8",
    )
    one, same = run("waivers", "--digest", "one.yaml"), run("waivers", "--digest", "same.json")
    assert (one.code, same.code) == (0, 0)
    assert one.out == same.out
    assert len(one.out) == 65


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a",
        "a: b",
        f"{OBJECT}---\n{OBJECT}",
        "a: [",
        OBJECT.replace("{name: cache, namespace: east-education-prod}", "cache"),
        "{1: 2}",
    ],
)
def test_what_is_no_object_has_no_digest(run: Run, project: Path, text: str) -> None:
    (project / "odd.yaml").write_text(text, "utf-8")
    answer = run("waivers", "--digest", "odd.yaml")
    assert (answer.code, answer.out) == (2, "")
    assert "odd.yaml cannot be read as an object" in answer.err
    assert "give a manifest of one object" in answer.err
    assert run("waivers", "--digest", "missing.yaml").code == 2
