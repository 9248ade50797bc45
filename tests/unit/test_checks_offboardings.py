"""Checks of offboardings: what the loader says of each mistake, and that it keeps silent on good data."""

import pytest

from tests.desk import Desk, Mistake

FILE, EAST = "offboardings/education-test.yaml", "districts/east.yaml"
ASKED = "asked_on: 2026-11-20\n"
SUSPENDED = "suspended: {day: 2026-11-21}\n"
EXPORTED = (
    f"exported: {{day: 2026-11-22, manifest: {'ab' * 32}, files: 1, size: 10, "
    "namespaces: {east-education-test: 01234567-89ab-cdef-0123-456789abcdef}}\n"
)
APPROVED = "approval: {by: user:zhang, day: 2027-01-01, reason: Ticket 9}\n"
ERASED = f"erased: {{day: 2027-01-02, certificate: {'cd' * 32}}}\n"
ALL = SUSPENDED + EXPORTED + APPROVED + ERASED

# fmt: off
MISTAKES = [
    Mistake(FILE, "name: education-test", "name: test", "name: test", "name", "test",
            "is not the name of its file", "education-test", "write 'education-test'", "east"),
    Mistake(FILE, "tenant: east/education", "tenant: east/educaton", "tenant:", "tenant", "east/educaton",
            "this name is not declared", "east/education", "did you mean 'east/education'?", "east"),
    Mistake(FILE, "tenant: east/education", "tenant: north/education", "tenant:", "tenant", "north/education",
            "this name is not declared", "west/education", "did you mean 'west/education'?"),
    Mistake(FILE, "environment: test", "environment: stage", "environment:", "environment", "stage",
            "this name is not declared", "prod, test", "write the environment back into districts/east.yaml", "east"),
    Mistake(FILE, "tenant: east/education\nenvironment: test", "tenant: west/education\nenvironment: prod", "environment:",
            "environment", "prod", "it is the tenant's only environment", "one of several", "the whole tenant leaves", "west"),
    Mistake(FILE, "until: 2026-12-31", "until: 2026-11-19", "until:", "retention.until", "2026-11-19",
            "is over before the tenant leaves", "2026-11-20 or later", "write the day that the legal basis names", "east"),
    Mistake(FILE, "until: 2026-12-31", "until: forever", "until:", "retention.until", "forever",
            "is not allowed", "YYYY-MM-DD", "write a value", "east"),
    Mistake(FILE, ASKED, ASKED + SUSPENDED.replace("21", "19"), "suspended:", "suspended.day", "2026-11-19",
            "is before 'asked_on'", "2026-11-20 or later", "correct one of the two days", "east"),
    Mistake(FILE, ASKED, ASKED + EXPORTED, "exported:", "exported", "",
            "'suspended' comes before it, and is not there", "after 'suspended'", "write 'suspended' back", "east"),
    Mistake(FILE, ASKED, ASKED + SUSPENDED + APPROVED, "approval:", "approval", "",
            "'exported' comes before it, and is not there", "after 'exported'", "write 'exported' back", "east"),
    Mistake(FILE, ASKED, ASKED + SUSPENDED + EXPORTED + ERASED, "erased:", "erased", "",
            "'approval' comes before it, and is not there", "after 'approval'", "write 'approval' back", "east"),
    Mistake(FILE, ASKED, ASKED + SUSPENDED + EXPORTED + APPROVED.replace("zhang", "li.wei"), "approval:", "approval.by",
            "user:li.wei", "who asks for it approves it", "somebody else", "let somebody else approve it", "east"),
    Mistake(FILE, ASKED, ASKED + SUSPENDED + EXPORTED + APPROVED.replace("2027-01-01", "2026-12-31"), "approval:", "approval.day",
            "2026-12-31", "the retention is not over then", "a day after 2026-12-31", "when the retention is over", "east"),
    Mistake(FILE, ASKED, ASKED + ALL + "withdrawn: {day: 2027-01-03}\n", "withdrawn:", "withdrawn", "",
            "what is erased cannot be kept", "'erased' or 'withdrawn'", "remove the one that is not true", "east"),
    Mistake(FILE, ASKED, ASKED + SUSPENDED + EXPORTED.replace("ab" * 32, "AB" * 32), "exported:", "exported.manifest", "AB" * 32,
            "is not written as it must be", "64 digits", "write a value", "east"),
]
# fmt: on


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda each: f"{each.field} {each.message}"[:50])
def test_mistake_is_told_where_it_is_with_what_mends_it(desk: Desk, mistake: Mistake) -> None:
    desk.see(mistake)


@pytest.mark.parametrize("steps", ["", SUSPENDED, SUSPENDED + EXPORTED, SUSPENDED + EXPORTED + APPROVED, ALL])
def test_each_step_after_the_other_is_fine(desk: Desk, steps: str) -> None:
    desk.edit(FILE, ASKED, ASKED + steps)
    assert not desk.load().problems


def test_two_offboardings_of_one_environment_are_told_at_both(desk: Desk) -> None:
    text = (desk.folder / FILE).read_text("utf-8")
    whole = text.replace("name: education-test", "name: education").replace("environment: test\n", "")
    desk.write("offboardings/education.yaml", whole)
    assert sorted((each.file, each.field) for each in desk.load().problems) == [
        (FILE, "tenant"),
        ("offboardings/education.yaml", "tenant"),
    ]
    desk.edit("offboardings/education.yaml", ASKED, f"{ASKED}withdrawn: {{day: 2026-11-21}}\n")
    assert not desk.load().problems


def test_only_with_an_approval_the_tenant_may_be_gone_from_the_data(desk: Desk) -> None:
    desk.edit(FILE, "tenant: east/education\nenvironment: test", "tenant: east/archives")
    assert [each.field for each in desk.load().problems] == ["tenant"]
    desk.edit(FILE, ASKED, ASKED + SUSPENDED + EXPORTED + APPROVED)
    assert not desk.load().problems


def test_a_system_may_have_moved_to_a_tenant_that_left_since(desk: Desk) -> None:
    desk.edit(FILE, "tenant: east/education\nenvironment: test", "tenant: east/archives")
    desk.edit(FILE, ASKED, ASKED + ALL)
    desk.edit("rooms/old-school.yaml", "moved_to: east/education", "moved_to: east/archives")
    assert not desk.load().problems
    desk.edit(FILE, ERASED, "withdrawn: {day: 2027-01-02}\n")
    assert {each.file for each in desk.load().problems} == {"rooms/old-school.yaml"}
