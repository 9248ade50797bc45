"""Checks of reserves and of requests: what the loader says of each mistake, and that it keeps silent on good data."""

import re
import textwrap

import pytest

from infra.model.quota import UNITS
from tests.desk import ROOT, Desk, Mistake

CITY, EAST, WEST, PODS = "city.yaml", "districts/east.yaml", "districts/west.yaml", "requests/education-pods.yaml"
SCHEMA = "# yaml-language-server: $schema=../../schemas/request.schema.json\n"
APPROVED = "asked_on: 2026-11-20\napproval: {by: user:zhang, day: 2026-11-21, reason: Ticket 7}\n"
CLOSED = (
    "decision:\n  day: 2026-11-22\n  was: {cpu_millicores: 500, memory_gib: 1, storage_gib: 2, pods: 5}\n"
    "  rules: {cpu_millicores: same, memory_gib: same, storage_gib: same, pods: usage}\n"
)


def request(name: str, tenant: str, quota: str, more: str = "", asked_on: str = "2026-11-21") -> str:
    """Return the text of a request."""
    head = f"{SCHEMA}name: {name}\ntenant: {tenant}\nquota: {quota}\nreason: More work\n"
    return f"{head}asked_by: user:wang\nasked_on: {asked_on}\n{more}"


def amounts(cpu: int, memory: int, storage: int, pods: int) -> str:
    return f"{{cpu_millicores: {cpu}, memory_gib: {memory}, storage_gib: {storage}, pods: {pods}}}"


# fmt: off
RESERVES = [
    Mistake(CITY, "reserve: {cpu_millicores: 1000", "reserve: {cpu_millicores: 2001", "capacity",
            "capacity.cpu_millicores", "6000", "the allotments and the reserve ask for 6001, given are 6000: over by 1",
            "a sum of at most 6000",            "raise it by 1, or lower the allotments and the reserve by as much"),
    Mistake(WEST, "storage_gib: 4, pods: 5}", "storage_gib: 13, pods: 5}", "tenants:", "tenants", "16",
            "storage_gib: the tenants' quotas and the reserve ask for 17, given are 16: over by 1",
            "the allotment in city.yaml:13", "raise it by 1", "west"),
    Mistake(EAST, "storage_gib: 4, pods: 10}\n", f"storage_gib: 4, pods: 10}}\n    reserve: {amounts(0, 0, 0, 1)}\n",
            "storage_gib: 4, pods: 10", "tenants.education.quota.pods", "10",
            "its environments and the reserve ask for 11, given are 10: over by 1", "a sum of at most 10",
            "raise it by 1", "east"),
    Mistake(WEST, "reserve: {cpu_millicores: 200", "reserve: {cpu_millicores: -1", "reserve: {", "reserve.cpu_millicores", "-1",
            "is too small", "a whole number from 0", "write a value that is allowed", "west"),
    Mistake(CITY, "reserve: {cpu_millicores: 1000, ", "reserve: {", "reserve: {", "reserve.cpu_millicores", "",
            "a required key is missing", "a whole number from 0", "add 'cpu_millicores:' here"),
]
NAMES = [
    Mistake(PODS, "tenant: east/education", "tenant: north/education", "tenant:", "tenant", "north/education",
            "this name is not declared", "east/education, west/education", "did you mean 'west/education'?"),
    Mistake(PODS, "tenant: east/education", "tenant: east/educaton", "tenant:", "tenant", "east/educaton",
            "this name is not declared", "east/civil-affairs, east/education", "did you mean 'east/education'?", "east"),
    Mistake(PODS, "environment: prod", "environment: stage", "environment:", "environment", "stage",
            "this name is not declared", "prod, test", "add the environment to districts/east.yaml", "east"),
    Mistake(PODS, "name: education-pods", "name: pods", "name: pods", "name", "pods",
            "is not the name of its file", "education-pods", "write 'education-pods'", "east"),
    Mistake(PODS, "tenant: east/education", "tenant: education", "tenant:", "tenant", "education",
            "is not written as it must be", "DISTRICT/TENANT", "write a value"),
    Mistake(PODS, "asked_by: user:li.wei", "asked_by: group:east", "asked_by:", "asked_by", "group:east",
            "is not written as it must be", "a person, no group", "write a value", "east"),
    Mistake(PODS, "asked_on: 2026-11-20", "asked_on: yesterday", "asked_on:", "asked_on", "yesterday",
            "is not allowed", "YYYY-MM-DD", "write a value", "east"),
    Mistake(PODS, "pods: 7}", "pods: many}", "quota:", "quota.pods", "many",
            "is no whole number", "a whole number from 0", "write the number alone", "east"),
    Mistake(PODS, "asked_on: 2026-11-20\n", APPROVED.replace("zhang", "li.wei"), "approval:", "approval.by", "user:li.wei",
            "who asks for it approves it", "somebody else", "let somebody else approve it", "east"),
    Mistake(PODS, "asked_on: 2026-11-20\n", APPROVED.replace("11-21", "11-19"), "approval:", "approval.day", "2026-11-19",
            "is before the request was made", "2026-11-20 or later", "correct one of the two days", "east"),
    Mistake(PODS, "asked_on: 2026-11-20\n", f"asked_on: 2026-11-23\n{CLOSED}", "  day:", "decision.day", "2026-11-22",
            "is before the request was made", "2026-11-23 or later", "correct one of the two days", "east"),
    Mistake(PODS, "asked_on: 2026-11-20\n", f"asked_on: 2026-11-20\n{CLOSED}".replace("usage", "approval"), "rules:",
            "decision.rules.pods", "approval", "there is no approval in this file", "beside an approval",
            "write the approval back", "east"),
]
SUMS = [
    # Of 30 pods the tenants have 15, so 15 are free; an environment of 5 asks for 21.
    Mistake(PODS, "pods: 7}", "pods: 21}", "quota:", "quota.pods", "21",
            "16 more are asked for, and the district east has 15 free: over by 1", "at most 20, the allotment in city.yaml:12",
            "lower it by 1", "east"),
    Mistake(PODS, "environment: prod\nquota: {cpu_millicores: 500, memory_gib: 1, storage_gib: 2, pods: 7}",
            f"quota: {amounts(1000, 2, 4, 9)}", "quota:", "quota.pods", "9",
            "its environments ask for 10, given are 9: over by 1", "a sum of at most 9", "raise it by 1", "east"),
]
# fmt: on


@pytest.mark.parametrize("mistake", [*RESERVES, *NAMES, *SUMS], ids=lambda mistake: f"{mistake.field}={mistake.value}")
def test_a_mistake_is_told(desk: Desk, mistake: Mistake) -> None:
    desk.see(mistake)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("pods: 7}", "pods: 20}"),  # to the last pod
        ("pods: 7}", "pods: 0}"),
        ("pods: 7}", "pods: 5}"),  # what it has already: a decision that was cut off is taken up again
        ("asked_on: 2026-11-20\n", APPROVED),
        ("asked_on: 2026-11-20\n", f"{APPROVED}{CLOSED}".replace("usage", "approval")),
        ("asked_on: 2026-11-20\n", f"asked_on: 2026-11-22\n{CLOSED}"),
        ("environment: prod\n", ""),
    ],
)
def test_what_is_right_is_not_told(desk: Desk, old: str, new: str) -> None:
    if not new:
        desk.edit(
            PODS,
            "quota: {cpu_millicores: 500, memory_gib: 1, storage_gib: 2",
            "quota: {cpu_millicores: 1000, memory_gib: 2, storage_gib: 4",
        )
        desk.edit(PODS, "pods: 7}", "pods: 10}")
    desk.edit(PODS, old, new)
    assert desk.load().problems == ()


def test_a_tenant_has_one_open_request(desk: Desk) -> None:
    desk.write("requests/more.yaml", request("more", "east/education", amounts(1000, 2, 4, 11)))
    told = [(problem.file, problem.field, problem.district) for problem in desk.load().problems]
    assert told == [(PODS, "tenant", "east"), ("requests/more.yaml", "tenant", "east")]
    first, second = desk.load().problems
    assert "requests/more.yaml is an open request of this tenant too" in first.message
    assert PODS in second.message


def test_closed_requests_are_only_remembered(desk: Desk) -> None:
    desk.write("requests/more.yaml", request("more", "east/education", amounts(0, 0, 0, 1000), CLOSED))
    desk.write("requests/old.yaml", request("old", "north/gone", amounts(0, 0, 0, 1000), CLOSED))
    loaded = desk.load()
    assert loaded.problems == ()
    assert loaded.city is not None
    assert list(loaded.city.requests) == ["education-pods", "more", "old"]


def test_open_requests_fit_together_and_the_older_goes_first(desk: Desk) -> None:
    # 15 pods are free in the east: 2 are asked for by the older request, 14 by the younger.
    desk.write("requests/more.yaml", request("more", "east/civil-affairs", amounts(500, 1, 2, 19)))
    problem = desk.only_problem()
    assert (problem.file, problem.field, problem.district) == ("requests/more.yaml", "quota.pods", "east")
    assert "14 more are asked for, and the district east has 13 free after older requests: over by 1" in problem.message
    assert "at most 18" in problem.allowed
    desk.edit("requests/more.yaml", "asked_on: 2026-11-21", "asked_on: 2026-11-19")
    assert desk.only_problem().file == PODS


def test_what_a_request_gives_back_is_not_counted_on(desk: Desk) -> None:
    desk.edit(PODS, "pods: 7}", "pods: 0}")
    desk.write("requests/more.yaml", request("more", "east/civil-affairs", amounts(500, 1, 2, 21), asked_on="2026-11-22"))
    assert "has 15 free: over by 1" in desk.only_problem().message


def test_the_reserve_of_the_district_is_not_for_requests(desk: Desk) -> None:
    # The west has 20 pods left, of which 5 are reserved.
    desk.write("requests/more.yaml", request("more", "west/statistics", amounts(500, 1, 2, 21)))
    assert "16 more are asked for, and the district west has 15 free: over by 1" in desk.only_problem().message


def test_a_sum_that_is_over_already_is_told_once(desk: Desk) -> None:
    desk.edit(EAST, "storage_gib: 4, pods: 10}", "storage_gib: 4, pods: 26}")
    assert desk.only_problem().field == "tenants"


def test_a_faulty_request_stops_its_district_alone(desk: Desk) -> None:
    desk.edit(PODS, "reason: Enrolment", "raeson: Enrolment")
    loaded = desk.load()
    assert {problem.district for problem in loaded.problems} == {"east"}
    assert [(problem.field, problem.mend.split(":")[0]) for problem in loaded.problems] == [
        ("reason", "add 'reason"),
        ("raeson", "did you mean 'reason'?"),
    ]
    assert loaded.city is not None
    assert list(loaded.city.districts) == ["west"]


def test_a_faulty_decision_does_not_open_the_request_again(desk: Desk) -> None:
    desk.write("requests/old.yaml", request("old", "east/gone", amounts(0, 0, 0, 1000), CLOSED.replace("same", "sane", 1)))
    assert desk.only_problem().field == "decision.rules.cpu_millicores"


def test_a_request_of_a_district_that_cannot_be_read_is_no_second_problem(desk: Desk) -> None:
    desk.write(EAST, "\t")
    assert desk.only_problem().file == EAST


def test_the_examples_of_the_guide_are_faultless(desk: Desk) -> None:
    text = (ROOT / "docs/how-to/change-a-quota.md").read_text("utf-8")
    asked, approval, reserve = (
        textwrap.dedent(part) for part in re.findall(r"^ *```yaml\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)
    )
    desk.write("requests/civil-affairs-files.yaml", asked + approval)
    desk.edit(EAST, "administrators: [group:east-administrators]\n", f"administrators: [group:east-administrators]\n{reserve}")
    loaded = desk.load()
    assert loaded.problems == ()
    assert loaded.city is not None
    request = loaded.city.requests["civil-affairs-files"]
    assert request.approval is not None
    before = loaded.city.districts["east"].tenants["civil-affairs"].quota
    assert [unit for unit in UNITS if getattr(request.quota, unit) != getattr(before, unit)] == ["storage_gib"]
    assert loaded.city.districts["east"].reserve.storage_gib == 4
