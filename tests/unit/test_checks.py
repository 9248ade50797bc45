"""Checks across files: names, districts, quotas and namespaces. Tiny as it stands is the good case of each."""

import pytest

from tests.desk import Desk, Mistake

CITY, SERVICES, EAST, WEST = "city.yaml", "services.yaml", "districts/east.yaml", "districts/west.yaml"

# fmt: off
NAMES = [
    Mistake(EAST, "owner: civil-affairs", "owner: civil-afairs", "civil-afairs", "tenants.civil-affairs.owner", "civil-afairs",
            "not declared", "civil-affairs, education, statistics", "did you mean 'civil-affairs'?", "east"),
    Mistake(EAST, "owner: civil-affairs", "owner: water", "owner: water", "tenants.civil-affairs.owner", "water",
            "not declared", "civil-affairs, education, statistics", "add departments/water.yaml", "east"),
    Mistake(WEST, "zone: data", "zone: date", "zone: date", "tenants.statistics.zone", "date",
            "not declared", "data, exchange, extranet, internet, management", "did you mean 'data'?", "west"),
    Mistake(EAST, "[authentication, population]", "[authentication, popolation]", "popolation", "tenants.education.consumes.1",
            "popolation", "not declared", "authentication, population", "did you mean 'population'?", "east"),
    Mistake(SERVICES, "zone: data", "zone: cellar", "cellar", "services.population.zone", "cellar",
            "not declared", "data, exchange", "declare the zone in zones.yaml"),
    Mistake(SERVICES, "authority: civil-affairs", "authority: nobody", "nobody", "services.population.authority", "nobody",
            "not declared", "civil-affairs, education, statistics", "add departments/nobody.yaml"),
]
# fmt: on


@pytest.mark.parametrize("mistake", NAMES, ids=lambda mistake: f"{mistake.field}={mistake.value}")
def test_a_name_that_is_not_declared(desk: Desk, mistake: Mistake) -> None:
    desk.see(mistake)


# fmt: off
SUMS = [
    Mistake(CITY, "  west: {", "  north: {cpu_millicores: 0, memory_gib: 0, storage_gib: 0, pods: 0}\n  west: {", "north",
            "allotments.north", "", "has no file", "districts/north.yaml", "add districts/north.yaml", "north"),
    Mistake(CITY, "capacity: {cpu_millicores: 6000", "capacity: {cpu_millicores: 4999", "4999", "capacity.cpu_millicores", "4999",
            "the allotments and the reserve ask for 5000, given are 4999: over by 1", "at most 4999", "raise it by 1"),
    Mistake(CITY, "storage_gib: 40", "storage_gib: 34", "capacity", "capacity.storage_gib", "34",
            "the allotments and the reserve ask for 36, given are 34: over by 2", "at most 34", "raise it by 2"),
    Mistake(EAST, "pods: 10}", "pods: 26}", "tenants:", "tenants", "30",
            "pods: the tenants' quotas ask for 31, given are 30: over by 1", "a sum of at most 30", "raise it by 1", "east"),
    Mistake(EAST, "memory_gib: 2, storage_gib: 4", "memory_gib: 1, storage_gib: 4", "storage_gib: 4",
            "tenants.education.quota.memory_gib", "1",
            "its environments ask for 2, given are 1: over by 1", "at most 1", "raise it by 1", "east"),
]
# fmt: on


@pytest.mark.parametrize("mistake", SUMS, ids=lambda mistake: f"{mistake.field}={mistake.value}")
def test_districts_and_sums(desk: Desk, mistake: Mistake) -> None:
    desk.see(mistake)


def test_a_sum_names_the_line_of_the_allotment(desk: Desk) -> None:
    desk.edit(EAST, "pods: 10}", "pods: 26}")
    assert f"city.yaml:{desk.line(CITY, '  east: {')}" in desk.only_problem().allowed


def test_sums_may_be_used_up_to_the_last_unit(desk: Desk) -> None:
    desk.edit(EAST, "pods: 10}", "pods: 23}")  # and 5 of the other tenant, and 2 that the open request asks for
    desk.edit(CITY, "pods: 80}", "pods: 65}")
    assert desk.load().problems == ()


def test_each_unit_that_is_over_is_a_problem(desk: Desk) -> None:
    desk.edit(CITY, "capacity: {cpu_millicores: 6000, memory_gib: 12", "capacity: {cpu_millicores: 6, memory_gib: 1")
    assert [problem.field for problem in desk.load().problems] == ["capacity.cpu_millicores", "capacity.memory_gib"]


def test_a_file_without_an_allotment(desk: Desk) -> None:
    desk.edit(CITY, "  west: {cpu_millicores: 2000, memory_gib: 4, storage_gib: 16, pods: 30}\n", "")
    problem = desk.only_problem()
    assert (problem.file, problem.line, problem.field, problem.value, problem.district) == (WEST, 1, "", "", "west")
    assert problem.message == "the district west has no allotment"


def test_a_renamed_allotment_is_told_on_both_sides(desk: Desk) -> None:
    desk.edit(CITY, "  west: {", "  wets: {")
    loaded = desk.load()
    assert [(problem.file, problem.district) for problem in loaded.problems] == [(CITY, "wets"), (WEST, "west")]
    assert [problem.mend for problem in loaded.problems] == ["did you mean 'west'?", "did you mean 'wets'?"]
    assert loaded.city is not None
    assert sorted(loaded.city.broken) == ["west", "wets"]


@pytest.mark.parametrize(("length", "told"), [(27, 0), (28, 1)])
def test_a_namespace_has_at_most_63_characters(desk: Desk, length: int, told: int) -> None:
    tenant, environment = "t" * 30, "e" * length  # with east and two dashes: 63 and 64
    desk.edit(EAST, "  civil-affairs:\n", f"  {tenant}:\n")
    text = (desk.folder / EAST).read_text()
    head, tail = text.rsplit("      prod:\n", 1)
    desk.write(EAST, f"{head}      {environment}:\n{tail}")
    problems = desk.load().problems
    assert len(problems) == told
    for problem in problems:
        assert (problem.line, problem.value) == (desk.line(EAST, environment), environment)
        assert "has 64 characters" in problem.message


def test_two_tenants_of_one_namespace_are_told_both(desk: Desk) -> None:
    (desk.folder / WEST).rename(desk.folder / "districts" / "east-civil.yaml")
    desk.edit("districts/east-civil.yaml", "name: west\n", "name: east-civil\n")
    desk.edit("districts/east-civil.yaml", "  statistics:\n", "  affairs:\n")
    desk.edit(CITY, "  west: {", "  east-civil: {")
    loaded = desk.load()
    assert [(problem.district, problem.field) for problem in loaded.problems] == [
        ("east-civil", "tenants.affairs.environments.prod"),
        ("east", "tenants.civil-affairs.environments.prod"),
    ]
    first, second = loaded.problems
    assert f"east-civil-affairs-prod is that of {EAST}:{second.line} too" in first.message
    assert f"{first.file}:{first.line}" in second.message


@pytest.mark.parametrize("name", ["kube", "kube-west", "zone", "zone-data"])
def test_no_district_claims_namespaces_of_the_cluster_or_the_platform(desk: Desk, name: str) -> None:
    (desk.folder / WEST).rename(desk.folder / "districts" / f"{name}.yaml")
    desk.edit(f"districts/{name}.yaml", "name: west\n", f"name: {name}\n")
    desk.edit(CITY, "  west: {", f"  {name}: {{")
    problem = desk.only_problem()
    assert (problem.file, problem.line, problem.field, problem.value) == (f"districts/{name}.yaml", 2, "name", name)
    assert problem.district == name


@pytest.mark.parametrize("name", ["kubeedge", "zoned", "default"])
def test_other_districts_may_have_such_names(desk: Desk, name: str) -> None:
    (desk.folder / WEST).rename(desk.folder / "districts" / f"{name}.yaml")
    desk.edit(f"districts/{name}.yaml", "name: west\n", f"name: {name}\n")
    desk.edit(CITY, "  west: {", f"  {name}: {{")
    assert desk.load().problems == ()


def test_what_could_not_be_read_is_not_told_twice(desk: Desk) -> None:
    desk.write("zones.yaml", "\t")
    desk.write("departments/education.yaml", b"\xff")
    assert [problem.file for problem in desk.load().problems] == ["departments/education.yaml", "zones.yaml"]


def test_faultless_entries_beside_a_faulty_one_are_still_checked(desk: Desk) -> None:
    desk.edit(EAST, "cost_code: TINY-EAST-EDU", "cost_code: none")
    desk.edit(EAST, "owner: civil-affairs", "owner: nobody")
    assert [problem.field for problem in desk.load().problems] == ["tenants.education.cost_code", "tenants.civil-affairs.owner"]


def test_sums_of_what_could_be_read_are_checked_too(desk: Desk) -> None:
    desk.edit(EAST, "cost_code: TINY-EAST-EDU", "cost_code: none")
    desk.edit(EAST, "storage_gib: 2, pods: 5}\n    environments:", "storage_gib: 17, pods: 5}\n    environments:")
    assert [problem.field for problem in desk.load().problems] == ["tenants", "tenants.education.cost_code"]


@pytest.mark.parametrize(
    ("file", "old", "new", "field"),
    [
        (CITY, "storage_gib: 40, pods: 80", "storage_gib: 40, pods: many", "capacity.pods"),
        ("rooms/old-school.yaml", "owner: education", "owner: 7", "owner"),
        ("rooms/old-school.yaml", "migrate_by: 2027-06-30", "migrate_by: soon", "migrate_by"),
        (EAST, "name: east\n", "name: 7\n", "name"),
    ],
)
def test_what_stands_in_for_a_faulty_field_is_never_told(desk: Desk, file: str, old: str, new: str, field: str) -> None:
    desk.edit(file, old, new)
    assert desk.only_problem().field == field


def test_a_district_of_another_name_and_without_allotment_is_told_both(desk: Desk) -> None:
    (desk.folder / WEST).rename(desk.folder / "districts" / "north.yaml")
    told = [(problem.file, problem.field, problem.message) for problem in desk.load().problems]
    assert told == [
        (CITY, "allotments.west", "the district has no file"),
        ("districts/north.yaml", "", "the district north has no allotment"),
        ("districts/north.yaml", "name", "is not the name of its file"),
    ]
