"""The city template: faultless, in step with what it depends on, and a bad name is told with its reason."""

import re
import shlex
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from infra.model.city import City
from infra.model.load import load_city
from infra.stacks.slice import Slice, read_slice
from tests.desk import ROOT
from tests.engine import Engine
from tests.newcity import CITY, TEMPLATE, made
from tools import city_template

Run = Callable[..., Any]


@pytest.fixture
def repository(tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a new city's repository with nothing set; whatever would be built fails the test."""
    monkeypatch.delenv("CITYFABRIC_CITY")
    assert project.is_dir()
    place = tmp_path / "own"
    made(place, "rivertown", "River Town")
    monkeypatch.chdir(place)
    return place


def loaded(folder: Path) -> City:
    found = load_city(folder)
    assert not found.problems, "\n".join(map(str, found.problems))
    assert found.city is not None
    return found.city


def test_the_city_has_the_projects_name_and_no_problems(tmp_path: Path) -> None:
    city = loaded(made(tmp_path / "own", "rivertown", "River Town: by the river"))
    assert (city.city.name, city.city.title.en) == ("rivertown", "River Town: by the river")
    tenants = [tenant for district in city.districts.values() for tenant in district.tenants.values()]
    assert [tenant.template.name for tenant in tenants if tenant.template] == ["website"]


@pytest.mark.parametrize("name", ["River", "2025", "river_town", "river.town", "-river", "r" * 31])
def test_a_project_name_that_no_city_can_have_is_told_by_the_loader(tmp_path: Path, name: str) -> None:
    (problem,) = load_city(made(tmp_path / "own", name, "River Town")).problems
    assert (problem.file, problem.field, problem.value) == ("city.yaml", "name", name)
    assert problem.allowed == "lower-case letters, digits and dashes, starting with a letter, at most 30 characters"


def test_a_folder_that_was_not_renamed_is_told_with_what_mends_it(tmp_path: Path) -> None:
    folder = made(tmp_path / "own", "rivertown", "River Town")
    (problem,) = load_city(folder.rename(folder.with_name(CITY))).problems
    assert (problem.field, problem.value, problem.allowed) == ("name", "rivertown", CITY)
    assert problem.mend == "write 'newcity', or rename the folder to rivertown"


def test_every_file_names_its_schema_and_the_schema_is_there(tmp_path: Path) -> None:
    folder = made(tmp_path / "own", "rivertown", "River Town")
    files = list(folder.rglob("*.yaml"))
    assert len(files) > 6
    for file in files:
        schema = (file.parent / file.read_text("utf-8").split("\n", 1)[0].split("$schema=", 1)[1]).resolve()
        assert schema.parent == tmp_path / "own/stacks/schemas"
        assert schema.is_file()


def test_what_the_template_has_from_elsewhere_is_made_anew_by_make_docs() -> None:
    made_anew = city_template.render()
    assert f"stacks/templates/city/stacks/{CITY}/zones.yaml" in made_anew
    assert "stacks/templates/city/stacks/schemas/district.schema.json" in made_anew
    assert all((ROOT / path).read_text("utf-8") == text for path, text in made_anew.items())


def test_the_project_runs_as_the_one_here_does() -> None:
    here, there = (yaml.safe_load((folder / "Pulumi.yaml").read_text("utf-8")) for folder in (ROOT, TEMPLATE))
    assert {key: there[key] for key in ("main", "stackConfigDir", "runtime")} == {
        key: here[key] for key in ("main", "stackConfigDir", "runtime")
    }
    assert (there["name"], there["description"]) == ("${PROJECT}", "${DESCRIPTION}")
    assert {"displayName", "description", "config", "quickstart"} == there["template"].keys()


def test_the_config_that_the_template_asks_for_is_what_the_program_reads(engine: Engine) -> None:
    asked = yaml.safe_load((TEMPLATE / "Pulumi.yaml").read_text("utf-8"))["template"]["config"]
    assert all(each["description"] for each in asked.values())
    found: list[Slice] = []
    given = {key: each.get("default", "any") for key, each in asked.items()}
    engine.run(lambda: found.append(read_slice(pulumi.Config("cityfabric"))), config=given)
    assert found == [Slice(city="any", cluster="any", district=None)]


def test_packages_are_the_versions_that_are_tested_here() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    required = [line for line in (TEMPLATE / "requirements.txt").read_text("utf-8").splitlines() if not line.startswith("#")]
    assert required == [f"cityfabric=={project['version']}"]
    here, there = (blocks(folder / "requirements.lock") for folder in (ROOT, TEMPLATE))
    assert there.items() <= here.items(), "run: make docs"
    assert {re.split(r"[^a-z0-9-]", each)[0] for each in project["dependencies"]} <= there.keys()
    assert "pytest" not in there


def blocks(lock: Path) -> dict[str, str]:
    """Return what a lock says of each package: version and hashes."""
    return {
        block.split("==")[0]: block.strip()
        for block in re.split(r"^(?=\S)", lock.read_text("utf-8"), flags=re.MULTILINE)
        if block
    }


def test_secrets_and_leftovers_are_ignored_as_here() -> None:
    here, there = ((folder / ".gitignore").read_text("utf-8").splitlines() for folder in (ROOT, TEMPLATE))
    assert {line for line in here if line.startswith("/stacks/")} <= set(there)
    assert ".venv/" in there


def test_the_only_city_of_a_project_is_taken(repository: Path, run: Run) -> None:
    readme = (repository / "README.md").read_text("utf-8")
    commands = re.findall(r"^cityfabric (onboard (?:\\\n|.)+)$", readme, re.MULTILINE)
    assert [command.split()[1] for command in commands] == ["department", "district", "tenant"]
    for command in commands:
        arguments = shlex.split(command.replace("\\\n", " "))
        answer = run(*(one for one in arguments if one != "--up"))
        assert answer.code == 0, answer.err
    assert "education" in loaded(repository / "stacks/rivertown").districts["east"].tenants


def test_schemas_are_written_anew_where_they_are_not_this_versions(repository: Path, run: Run) -> None:
    assert "is as this version has it" in run("schemas").err
    edited, missing = (repository / "stacks/schemas" / f"{name}.schema.json" for name in ("city", "zones"))
    edited.write_text("{}", "utf-8")
    missing.unlink()
    answer = run("schemas")
    assert "written: stacks/schemas/city.schema.json, stacks/schemas/zones.schema.json\n" in answer.err
    assert all(file.read_text("utf-8") == (ROOT / "stacks/schemas" / file.name).read_text("utf-8") for file in (edited, missing))


def test_the_guide_says_what_the_readme_says(repository: Path) -> None:
    guide = (ROOT / "docs/how-to/start-your-own-city.md").read_text("utf-8")
    blocks_of_code = re.findall(r"^```sh\n(.*?)^```", (repository / "README.md").read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert len(blocks_of_code) == 4
    for block in blocks_of_code:
        assert block.replace("WHEELS", "../cityfabric/dist") in guide
