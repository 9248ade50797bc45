"""Checks of waivers and approvers: what the loader says of each mistake, and that it keeps silent on good data."""

import pytest

from tests.desk import Desk, Mistake

FILE, CITY = "waivers/education-cache.yaml", "city.yaml"
DIGEST = "3dc699c8754ac774084e466ccacbb38263f56d2352a0445e4519c17b09a0e14f"

# fmt: off
MISTAKES = [
    Mistake(FILE, "name: education-cache", "name: cache2", "name: cache2", "name", "cache2",
            "is not the name of its file", "education-cache", "write 'education-cache'", "east"),
    Mistake(FILE, "category: product", "category: habit", "category:", "category", "habit",
            "none of the known values", "migration, product, emergency, law", "write a value", "east"),
    Mistake(FILE, "rule: MR-08", "rule: MR-8", "rule:", "rule", "MR-8",
            "is not written as it must be", "two capitals, a dash and two digits, like MR-03", "write a value", "east"),
    Mistake(FILE, "rule: MR-08", "rule: '*'", "rule:", "rule", "*",
            "is not written as it must be", "two capitals, a dash and two digits, like MR-03", "write a value", "east"),
    Mistake(FILE, "rule: MR-08", "rule: MR-01", "rule:", "rule", "MR-01",
            "MR-01 cannot be waived", "AV-01, DC-02, EX-01, LG-02, LG-05, MR-03", "keep to the rule", "east"),
    Mistake(FILE, "rule: MR-08", "rule: LG-03", "rule:", "rule", "LG-03",
            "LG-03 cannot be waived", "LG-02, LG-05", "keep to the rule", "east"),
    Mistake(FILE, "kind: apps/StatefulSet", "kind: '*'", "kind:", "scope.kind", "*",
            "is not written as it must be", "Kind or GROUP/Kind", "write a value", "east"),
    Mistake(FILE, "name: cache\n", "name: 'cache-*'\n", "name: 'cache", "scope.name", "cache-*",
            "is not written as it must be", "the object's own name", "write a value", "east"),
    Mistake(FILE, "  name: cache\n", "", "scope:", "scope.name", "",
            "a required key is missing", "the object's own name", "add 'name:' here", "east"),
    Mistake(FILE, "tenant: east/education", "tenant: '*'", "tenant:", "scope.tenant", "*",
            "is not written as it must be", "DISTRICT/TENANT", "write a value"),
    Mistake(FILE, "tenant: east/education", "tenant: north/education", "tenant:", "scope.tenant", "north/education",
            "this name is not declared", "east/education, west/education", "did you mean 'west/education'?"),
    Mistake(FILE, "tenant: east/education", "tenant: east/educaton", "tenant:", "scope.tenant", "east/educaton",
            "this name is not declared", "east/civil-affairs, east/education", "did you mean 'east/education'?", "east"),
    Mistake(FILE, "environment: prod", "environment: stage", "environment:", "scope.environment", "stage",
            "this name is not declared", "prod, test", "add the environment to districts/east.yaml", "east"),
    Mistake(FILE, "  environment: prod\n", "", "scope:", "scope", "",
            "does not name one object", "one object by its name", "write a waiver for each object", "east"),
    Mistake(FILE, "digest: 3", "digest: x3", "digest:", "digest", f"x{DIGEST}",
            "is not written as it must be", "64 digits", "write a value", "east"),
    Mistake(FILE, "asked_by: user:li.wei", "asked_by: user:zhang.min", "approved_by:", "approved_by", "user:zhang.min",
            "was approved by who asked for it", "somebody else", "let somebody else approve it", "east"),
    Mistake(FILE, "asked_by: user:li.wei", "asked_by: group:east", "asked_by:", "asked_by", "group:east",
            "is not written as it must be", "a person, no group", "write a value", "east"),
    Mistake(FILE, "approved_by: user:zhang.min", "approved_by: user:wang.fang", "approved_by:", "approved_by", "user:wang.fang",
            "was approved on 2026-11-19 by user:wang.fang, no approver then", "user:zhang.min", "let one of these", "east"),
    Mistake(FILE, "rule: MR-08", "rule: DC-02", "approved_by:", "approved_by", "user:zhang.min",
            "who may not waive DC-02", "nobody: no approver in office on 2026-11-19",
            "declare an approver in city.yaml who may", "east"),
    Mistake(FILE, "asked_on: 2026-11-16", "asked_on: 2026-11-20", "created:", "created", "2026-11-19",
            "was approved before it was asked for", "2026-11-20 or later", "correct one of the two days", "east"),
    Mistake(FILE, "expires: 2027-05-18\n", "", "$schema", "expires", "",
            "has no end", "a day, at most 180 days after 2026-11-19", "add 'expires:'", "east"),
    Mistake(FILE, "expires: 2027-05-18", "expires: 9999-12-31", "expires:", "expires", "9999-12-31",
            "holds for 29", "at most 180 days for MR-08", "write an earlier day", "east"),
    Mistake(FILE, "expires: 2027-05-18", "expires: 2026-11-18", "expires:", "expires", "2026-11-18",
            "is over before it begins", "2026-11-19 or later", "correct one of the two days", "east"),
    Mistake(FILE, "expires: 2027-05-18", "expires: never", "expires:", "expires", "never",
            "is not allowed", "YYYY-MM-DD", "write a value", "east"),
]
# fmt: on
SECOND = """  second:
    person: user:wang.fang
    office: {zh: 值班, en: On duty}
    since: 2026-11-01
    until: 2026-11-30
    severities: [high]
"""


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda each: f"{each.field} {each.message}"[:50])
def test_mistake_is_told_where_it_is_with_what_mends_it(desk: Desk, mistake: Mistake) -> None:
    desk.see(mistake)


def appoint(desk: Desk, entry: str) -> None:
    text = (desk.folder / CITY).read_text("utf-8")
    desk.write(CITY, text + entry)


@pytest.mark.parametrize(
    ("edit", "field", "value", "message", "allowed"),
    [
        (
            ("until: 2026-11-30", "until: 2026-10-31"),
            "until",
            "2026-10-31",
            "the term ends before it begins",
            "2026-11-01 or later",
        ),
        (("    severities: [high]\n", ""), "", "", "may approve nothing", "rules, or severities"),
        (("severities: [high]", "severities: [low]"), "severities.0", "low", "is none of the known", "critical, high, medium"),
        (("severities: [high]", "rules: [all]"), "rules.0", "all", "is not written", "like MR-03"),
        (("user:wang.fang", "group:duty"), "person", "group:duty", "is not written", "a person, no group"),
        (("    until: 2026-11-30\n", ""), "until", "", "a required key is missing", "a day of the calendar"),
    ],
)
def test_an_approver_with_a_mistake_is_told(
    desk: Desk, edit: tuple[str, str], field: str, value: str, message: str, allowed: str
) -> None:
    assert SECOND.count(edit[0]) == 1
    appoint(desk, SECOND.replace(*edit))
    problem = desk.only_problem()
    assert (problem.file, problem.field, problem.value) == (CITY, f"approvers.second.{field}".rstrip("."), value)
    assert message in problem.message
    assert allowed in problem.allowed
    assert problem.mend
    assert desk.load().city is None


def test_one_day_in_office_is_enough(desk: Desk) -> None:
    appoint(desk, SECOND.replace("2026-11-01", "2026-11-19").replace("2026-11-30", "2026-11-19"))
    desk.edit(FILE, "approved_by: user:zhang.min", "approved_by: user:wang.fang")
    assert not desk.load().problems
    desk.edit(FILE, "created: 2026-11-19", "created: 2026-11-20")
    assert desk.only_problem().field == "approved_by"


def test_a_faulty_approver_does_not_make_waivers_faulty(desk: Desk) -> None:
    desk.edit(CITY, "person: user:zhang.min", "person: zhang.min")
    assert desk.only_problem().field == "approvers.cloud-director.person"


@pytest.mark.parametrize(("field", "line"), [("asked_on", "asked_on: 2026-11-16"), ("created", "created: 2026-11-19")])
def test_a_day_that_cannot_be_read_is_told_alone(desk: Desk, field: str, line: str) -> None:
    desk.edit(FILE, line, f"{field}: soon")
    assert desk.only_problem().field == field


def test_a_city_without_approvers_says_that_there_is_none(desk: Desk) -> None:
    text = (desk.folder / CITY).read_text("utf-8")
    desk.write(CITY, text[: text.index("approvers:")])
    waiver, extension = sorted(desk.load().problems, key=lambda each: each.file, reverse=True)
    assert (waiver.field, waiver.allowed) == ("approved_by", "nobody: no approver in office on 2026-11-19 may waive MR-08")
    assert (extension.file, extension.field) == ("rooms/old-school.yaml", "extensions.new-building.approval.by")


def second(desk: Desk, created: str, expires: str, **more: str) -> None:
    """Write another waiver of the same rule for the same object."""
    text = (desk.folder / FILE).read_text("utf-8").replace("name: education-cache", "name: second")
    for old, new in {"2027-05-18": expires, "2026-11-19": created, "2026-11-16": "2026-11-01", **more}.items():
        assert old in text
        text = text.replace(old, new, 1)
    desk.write("waivers/second.yaml", text)


def test_a_second_waiver_begins_when_the_first_is_over(desk: Desk) -> None:
    second(desk, "2027-05-18", "2027-06-30")
    problem = desk.only_problem()
    assert (problem.file, problem.field, problem.value) == ("waivers/second.yaml", "created", "2027-05-18")
    assert (problem.message, problem.allowed) == (f"{FILE} holds for it too, until 2027-05-18", "a day after 2027-05-18")
    second(desk, "2027-05-19", "2027-06-30")
    assert not desk.load().problems
    second(desk, "2026-11-02", "2026-11-19")
    assert desk.only_problem().file == FILE, "told at the later one"
    second(desk, "2026-11-02", "2026-11-18")
    assert not desk.load().problems


@pytest.mark.parametrize(
    ("old", "new"), [("MR-08", "LG-05"), ("  name: cache", "  name: cache2"), ("environment: prod", "environment: test")]
)
def test_waivers_of_other_rules_and_objects_stand_side_by_side(desk: Desk, old: str, new: str) -> None:
    second(desk, "2026-11-20", "2027-05-10", **{old: new})
    assert not desk.load().problems


def test_a_waiver_for_a_room_names_one_that_there_is(desk: Desk) -> None:
    at = "  tenant: east/education\n  environment: prod\n  kind: apps/StatefulSet\n  name: cache\n"
    desk.edit(FILE, at, "  kind: Room\n  name: old-scool\n")
    problem = desk.only_problem()
    assert (problem.field, problem.value, problem.district) == ("scope.name", "old-scool", None)
    assert (problem.allowed, problem.mend) == ("old-school, record-cellar", "did you mean 'old-school'?")
    desk.edit(FILE, "old-scool", "old-school")
    assert not desk.load().problems


def test_a_waiver_of_a_tenant_that_left_is_remembered(desk: Desk) -> None:
    desk.edit(FILE, "tenant: east/education", "tenant: east/archives")
    assert desk.only_problem().field == "scope.tenant"
    desk.edit("offboardings/education-test.yaml", "tenant: east/education\nenvironment: test", "tenant: east/archives")
    steps = (
        "suspended: {day: 2026-11-21}\n"
        f"exported: {{day: 2026-11-22, manifest: {'ab' * 32}, files: 1, size: 10, namespaces: {{}}}}\n"
        "approval: {by: user:zhang, day: 2027-01-01, reason: Ticket 9}\n"
    )
    desk.edit("offboardings/education-test.yaml", "asked_on: 2026-11-20\n", f"asked_on: 2026-11-20\n{steps}")
    assert not desk.load().problems


def test_a_faulty_waiver_is_no_part_of_the_city_and_stops_its_district_alone(desk: Desk) -> None:
    second(desk, "2027-06-01", "2027-06-30")
    desk.edit(FILE, "reason: The product knows one kind of cache only", "reason: ''")
    city = desk.load().city
    assert city is not None
    assert (sorted(city.broken), sorted(city.waivers)) == (["east"], ["second"])


@pytest.mark.parametrize("file", [FILE, CITY, "rooms/old-school.yaml", "districts/east.yaml"])
def test_what_cannot_be_read_at_all_is_told_alone(desk: Desk, file: str) -> None:
    second(desk, "2027-05-19", "2027-06-30")
    desk.write(file, "not yet written\n")
    assert {each.file for each in desk.load().problems} == {file}


def test_environments_that_cannot_be_read_are_told_alone(desk: Desk) -> None:
    old = "  prod:\n        quota: {cpu_millicores: 500, memory_gib: 1, storage_gib: 2, pods: 5}\n      test:\n"
    desk.edit("districts/east.yaml", f"    environments:\n      {old.strip()}\n", "    environments: many\n    further:\n")
    assert {each.file for each in desk.load().problems} == {"districts/east.yaml"}


@pytest.mark.parametrize("right", ["rules: [MR-03]", "severities: [critical]", "rules: [MR-03]\n    severities: [critical]"])
def test_rules_or_severities_are_enough(desk: Desk, right: str) -> None:
    appoint(desk, SECOND.replace("severities: [high]", right))
    assert not desk.load().problems


def test_a_waiver_may_hold_for_one_day(desk: Desk) -> None:
    desk.edit(FILE, "expires: 2027-05-18", "expires: 2026-11-19")
    assert not desk.load().problems


def test_a_waiver_whose_days_cannot_be_read_overlaps_nothing(desk: Desk) -> None:
    second(desk, "2027-05-19", "2027-06-30")
    desk.edit("waivers/second.yaml", "created: 2027-05-19", "created: soon")
    assert (desk.only_problem().file, desk.only_problem().field) == ("waivers/second.yaml", "created")


def test_after_a_waiver_without_an_end_there_is_no_other(desk: Desk) -> None:
    second(desk, "2027-05-19", "2027-06-30")
    desk.edit(FILE, "expires: 2027-05-18\n", "")
    told = [(each.file, each.field) for each in desk.load().problems]
    assert told == [(FILE, "expires"), ("waivers/second.yaml", "created")]
