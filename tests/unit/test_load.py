"""Loading a city's folder: all problems at once, in the right file and line, and no city that is not what was written."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra.model.load import load_city
from infra.model.problem import Problem
from tests.desk import ROOT, Desk

EAST = "districts/east.yaml"


def test_a_faultless_city_is_loaded_whole(desk: Desk) -> None:
    loaded = desk.load()
    assert loaded.problems == ()
    assert loaded.city is not None
    assert loaded.city.city.name == "tiny"
    assert list(loaded.city.departments) == ["civil-affairs", "education", "statistics"]
    assert list(loaded.city.districts) == ["east", "west"]
    assert loaded.city.districts["east"].tenants["education"].consumes == ("authentication", "population")
    assert loaded.city.districts["east"].tenants["civil-affairs"].egress == "closed", "closed where nothing is said"
    assert loaded.city.rooms["old-school"].systems["enrolment"].moved_to == "east/education"
    assert loaded.city.services["population"].authority == "civil-affairs"
    assert loaded.city.broken == frozenset()


def test_all_problems_come_at_once_in_order(desk: Desk) -> None:
    desk.edit("city.yaml", "registry: registry.tiny.example", "registry: Registry")
    desk.edit("departments/education.yaml", "build: adapted", "build: adaptd")
    desk.edit(EAST, "level: district", "level: distrikt\nsize: 3")
    desk.edit(EAST, "cost_code: TINY-EAST-CAB", "cost_code: none")
    desk.edit(EAST, "    owner: education", "    owner: educaton")
    desk.edit("districts/west.yaml", "    zone: data", "    zone: dta")
    desk.write("notes.txt", "x")
    loaded = desk.load()
    assert loaded.city is None
    told = [(problem.file, problem.field, problem.value, problem.district) for problem in loaded.problems]
    assert told == [
        ("city.yaml", "registry", "Registry", None),
        ("departments/education.yaml", "build", "adaptd", None),
        (EAST, "level", "distrikt", "east"),
        (EAST, "size", "", "east"),
        (EAST, "tenants.education.owner", "educaton", "east"),
        (EAST, "tenants.civil-affairs.cost_code", "none", "east"),
        ("districts/west.yaml", "tenants.statistics.zone", "dta", "west"),
        ("notes.txt", "", "", None),
    ]
    assert loaded == desk.load(), "the answer is the same each time"


def test_a_broken_district_stops_only_itself(desk: Desk) -> None:
    desk.edit(EAST, "level: district", "level: distrikt")
    loaded = desk.load()
    assert loaded.city is not None
    assert list(loaded.city.districts) == ["west"]
    assert loaded.city.broken == {"east"}


def test_a_problem_of_the_city_leaves_no_city(desk: Desk) -> None:
    desk.edit("zones.yaml", "    data: allow", "    data: alow")
    assert desk.only_problem().field == "matrix.exchange.data"
    assert desk.load().city is None


@pytest.mark.parametrize("day", ["2026-13-01", "2026-02-30", "0", "1700000000", "2026-01-01T00:00:00", "'2026-1-1'", "2026"])
def test_a_day_is_a_day_of_the_calendar(desk: Desk, day: str) -> None:
    desk.edit("city.yaml", "opens: 2026-01-01", f"opens: {day}")
    problem = desk.only_problem()
    assert (problem.field, problem.allowed) == ("waves.first.opens", "a day of the calendar, written YYYY-MM-DD")


def test_a_network_with_bits_beyond_its_prefix_is_told_why(desk: Desk) -> None:
    desk.edit("zones.yaml", "10.0.0.0/8", "10.0.0.1/8")
    problem = desk.only_problem()
    assert (problem.field, problem.value) == ("egress.public.except_cidrs.1", "10.0.0.1/8")
    assert "has host bits set" in problem.message


@pytest.mark.parametrize(
    ("file", "mend"),
    [
        ("zone.yaml", "did you mean 'zones.yaml'?"),
        ("city.yml", "git mv city.yml city.yaml"),
        ("districts/north.yml", "git mv districts/north.yml districts/north.yaml"),
        ("districts/North.yaml", "rename it"),
        (".hidden", "move it"),
        ("districts/.east.yaml.swp", "move it"),
        ("districts/east.yaml~", "move it"),
        ("batches/first.yaml", "move it"),
        ("district/east.yaml", "did you mean 'districts'?"),
        ("README.txt", "did you mean 'README.md'?"),
    ],
)
def test_what_is_not_loaded_is_told(desk: Desk, file: str, mend: str) -> None:
    desk.write(file, "x")
    problem = desk.only_problem()
    assert problem.file == file if file.startswith(("districts/", ".")) or "/" not in file else file.split("/", maxsplit=1)[0]
    assert "not loaded" in problem.message
    assert mend in problem.mend
    assert "districts/NAME.yaml" in problem.allowed
    assert problem.district is None
    assert desk.load().city is None


def test_names_of_files_that_are_no_text(desk: Desk) -> None:
    Path(os.fsdecode(os.fsencode(desk.folder) + b"/bad\xff\nname")).touch()
    problem = desk.only_problem()
    assert problem.file == "bad�\\nname"
    assert str(problem).encode()


@pytest.mark.parametrize("file", ["city.yaml", "zones.yaml", "services.yaml"])
def test_a_missing_file_is_one_problem(desk: Desk, file: str) -> None:
    (desk.folder / file).unlink()
    problem = desk.only_problem()
    assert (problem.file, problem.message) == (file, "the file is missing")
    assert desk.load().city is None


def test_a_missing_folder_and_a_file_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name, part in (("nowhere", "no such folder"), ("file", "cannot be read"), ("n\0ul", "cannot be read")):
        loaded = load_city(tmp_path / name)
        assert loaded.city is None
        (problem,) = loaded.problems
        assert part in problem.message
        assert problem.mend


def test_a_file_in_place_of_a_folder(desk: Desk) -> None:
    shutil.rmtree(desk.folder / "rooms")
    (desk.folder / "rooms").touch()
    told = [(problem.file, problem.field) for problem in desk.load().problems]
    assert told == [("city.yaml", "waves.first"), ("city.yaml", "tombstones.record-cellar"), ("rooms", "")]


def test_a_district_that_is_a_link_is_broken_and_not_gone(desk: Desk) -> None:
    (desk.folder / EAST).rename(desk.folder.parent / "east.yaml")
    (desk.folder / EAST).symlink_to(desk.folder.parent / "east.yaml")
    problem = desk.only_problem()
    assert (problem.file, problem.district) == (EAST, "east")
    city = desk.load().city
    assert city is not None
    assert (list(city.districts), sorted(city.broken)) == (["west"], ["east"])


def test_the_city_has_the_name_of_its_folder(desk: Desk) -> None:
    desk.edit("city.yaml", "name: tiny", "name: tidy")
    problem = desk.only_problem()
    assert (problem.line, problem.field, problem.value, problem.allowed) == (3, "name", "tidy", "tiny")


def test_a_city_without_rooms_and_waves_is_a_city(desk: Desk) -> None:
    shutil.rmtree(desk.folder / "rooms")
    shutil.rmtree(desk.folder / "waivers")
    text = (desk.folder / "city.yaml").read_text()
    desk.write("city.yaml", text[: text.index("waves:")])
    assert desk.load().problems == ()


def test_many_problems_are_told_in_little_time(desk: Desk) -> None:
    desk.write(EAST, (desk.folder / EAST).read_text() + "".join(f"key-{number}: 1\n" for number in range(5000)))
    problems = desk.load().problems
    assert len(problems) == 5000
    assert {problem.message for problem in problems} == {"the key is unknown"}


def test_values_are_shortened_and_harmless(desk: Desk) -> None:
    desk.edit(EAST, "level: district", f'level: "{"x" * 500}\\n"')
    problem = desk.only_problem()
    assert problem.value == "x" * 77 + "..."
    assert str(problem).isprintable()


def test_a_problem_reads_as_a_line_that_editors_jump_to() -> None:
    problem = Problem("districts/east.yaml", 3, "level", "distrikt", "is wrong", "district", "write it")
    assert str(problem) == "districts/east.yaml:3: level = distrikt: is wrong; allowed: district; mend: write it"


def test_loading_needs_nothing_but_the_model() -> None:
    code = (
        "import sys, infra.model.load; print([name for name in ('pulumi', 'lightkube', 'ansible_runner') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_missing_key_with_a_long_meaning_is_told_on_one_line(desk: Desk) -> None:
    text = (desk.folder / "zones.yaml").read_text("utf-8")
    desk.write("zones.yaml", text.replace("\nmatrix:", "\nmatricks:"))
    problem = next(problem for problem in desk.load().problems if problem.field == "matrix")
    assert problem.message == "a required key is missing"
    assert str(problem).isprintable()
