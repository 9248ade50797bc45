"""The generated pages hold what they speak of, drift is found, and every link of every page leads somewhere."""

import ast
import re
import subprocess
import textwrap
from pathlib import Path

import pytest
import yaml

from infra.metadata import APPLIED, POD_SECURITY
from infra.model import labels
from infra.model.kinds import KINDS
from infra.tenancy.roles import CATALOGUE
from sandbox.toolchain.pins import RECIPES
from tests.desk import ROOT, Desk
from tests.pages import block
from tools import generate, picture, reference_access, reference_tools, svg

HAND_WRITTEN = [*ROOT.glob("*.md"), *ROOT.glob("stacks/*/README.md"), *ROOT.glob("docs/**/*.md")]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
MACHINE = re.compile(r"(?<![\w./])/(?:work|root|home|tmp|Users|mnt|usr/local)\b")


def reference(name: str) -> str:
    return (ROOT / f"docs/reference/{name}.md").read_text("utf-8")


def anchors(page: Path) -> set[str]:
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def test_an_edit_of_any_generated_file_is_found_and_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main([], tmp_path) == 0
    made = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert {"docs/picture/hangzhou.svg", "docs/reference/zones.md", "stacks/schemas/city.schema.json"} < set(made)
    for path in made:
        (tmp_path / path).write_text((tmp_path / path).read_text("utf-8") + "\n", "utf-8")
    capsys.readouterr()
    assert generate.main(["--check"], tmp_path) == 1
    told = capsys.readouterr().err
    assert told == "".join(f"{path}: differs from what is generated; run: make docs\n" for path in made)


def test_every_label_and_annotation_is_explained() -> None:
    page = reference("labels")
    constants = {name: value for name, value in vars(labels).items() if isinstance(value, str) and not name.startswith("_")}
    names = {value for value in constants.values() if "/" in value and value.split("/", 1)[0].endswith(".io")}
    assert {labels.ZONE, labels.CONTACT, labels.MANAGED_BY} < names
    for name in {*names, labels.consumes("SERVICE"), *APPLIED, *POD_SECURITY}:
        assert f"| `{name}` |" in page


def test_every_role_stands_with_all_its_rights() -> None:
    page = reference("roles")
    for role, spec in CATALOGUE.items():
        section = page.split(f"\n## {role}\n", 1)[1].split("\n## ", 1)[0]
        for rule in spec.rules:
            for resource in rule.resources:
                row = next(
                    line for line in section.split("\n") if line.startswith(f"| `{resource}` | `{rule.group or 'core'}` |")
                )
                assert set(rule.verbs) <= set(row.split("|")[3].replace(",", "").split())


def test_every_field_of_every_file_kind_is_explained() -> None:
    page = reference("model")
    for kind in KINDS:
        section = page.split(f"\n## {kind.file('NAME' if kind.folder else kind.name)}\n", 1)[1].split("\n## ", 1)[0]
        for name, field in kind.model.model_fields.items():
            assert f"| `{name}` |" in section
            assert " ".join((field.description or "no description").split()) in section


def test_every_cell_of_the_matrix_is_in_its_place() -> None:
    city, page = reference_access.model_city(), reference("zones")
    names = list(city.zones.zones)
    for source in names:
        row = next(line for line in page.split("\n") if line.startswith("| **") and f"** `{source}` |" in line)
        for target, cell in zip(names, row.split(" | ")[1:], strict=True):
            stated = city.zones.matrix[source][target]
            assert {"deny": "–", "allow": "allow"}.get(stated, f"`{stated.removeprefix('via ')}`") in cell


def test_every_tool_has_the_version_of_its_pin() -> None:
    page = reference("tools")
    found = {
        recipe.module: {reference_tools.version(recipe, package)[1] for package in recipe.targets.values()} for recipe in RECIPES
    }
    for module, versions in found.items():
        assert len(versions) == 1, f"{module} is built from modules of several versions"
        assert f"`{versions.pop()}`" in next(line for line in page.split("\n") if line.startswith(f"| `{module}` |"))
    assert found["kube-router"] != {"v2.6.3"}, "a replaced module is told as what it is replaced by"


def test_every_variable_of_the_environment_is_explained() -> None:
    code = "".join(
        path.read_text("utf-8") for folder in ("cityfabric", "sandbox", "infra") for path in ROOT.glob(f"{folder}/**/*.py")
    )
    used = set(re.findall(r"\bCITYFABRIC_[A-Z_]+\b", code)) - {"CITYFABRIC_PART_OF"}  # marks processes; nobody sets it
    assert len(used) > 4
    assert used <= set(reference_tools.VARIABLES)


def test_the_picture_holds_every_zone_district_and_department() -> None:
    city, drawn = reference_access.model_city(), picture.render()["docs/picture/hangzhou.svg"]
    for name, department in city.departments.items():
        assert f">{name}</text>" in drawn
        assert department.title.zh.removeprefix("杭州市").removeprefix("杭州").removeprefix("人民政府") in drawn
    for titled in (*city.districts.values(), *city.zones.zones.values()):
        assert f">{titled.title.zh}</text>" in drawn
    assert "<script" not in drawn
    assert "href" not in drawn


def test_text_that_would_run_over_is_refused() -> None:
    drawing = svg.Drawing(100, "test")
    drawing.text((0, 0), "税务", 12, room=24)
    with pytest.raises(ValueError, match="has room for 23"):
        drawing.text((0, 0), "税务", 12, room=23)


@pytest.mark.parametrize("page", sorted(HAND_WRITTEN), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    for link in LINK.findall(re.sub(r"`[^`\n]*`", "", text)):
        if link.startswith(("https://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link} leads nowhere"
        assert target.is_relative_to(ROOT), f"{link} leads out of the repository"
        assert not anchor or anchor in anchors(target), f"{link}: there is no such heading"


@pytest.mark.parametrize("page", sorted(HAND_WRITTEN), ids=lambda page: str(page.relative_to(ROOT)))
def test_no_page_names_a_place_on_somebodys_machine(page: Path) -> None:
    assert not MACHINE.findall(page.read_text("utf-8"))


def test_every_page_is_reached_from_the_index() -> None:
    index = (ROOT / "docs/index.md").read_text("utf-8")
    linked = {(ROOT / "docs" / link.partition("#")[0]).resolve() for link in LINK.findall(index)}
    assert set(ROOT.glob("docs/**/*.md")) - {ROOT / "docs/index.md"} <= linked


def test_decisions_are_numbered_without_gaps_and_say_all_four_things() -> None:
    files = sorted(ROOT.glob("docs/adr/*.md"))
    assert [file.name[:4] for file in files] == [f"{number:04}" for number in range(1, len(files) + 1)]
    for file in files:
        text = file.read_text("utf-8")
        assert text.startswith(f"# {file.name[:4]}: ")
        assert re.findall(r"^(Status): |^## (.+)$", text, re.MULTILINE) == [
            ("Status", ""),
            ("", "Context"),
            ("", "Decision"),
            ("", "Consequences"),
        ], file.name


def test_modules_of_the_generators_are_short() -> None:
    for path in ROOT.glob("tools/*.py"):
        text = path.read_text("utf-8")
        assert text.count("\n") < 200, path.name
        functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
        assert all((node.end_lineno or 0) - node.lineno < 40 for node in functions), path.name


def test_the_tenant_of_the_readme_is_one_of_the_tiny_city() -> None:
    shown = yaml.safe_load(block("README.md", "yaml", "education:"))["education"]
    whole = yaml.safe_load((ROOT / "stacks/tiny/districts/east.yaml").read_text("utf-8"))["tenants"]["education"]
    assert shown == {key: value if key != "roles" else {"developer": value["developer"]} for key, value in whole.items()}


def test_the_mistake_of_the_readme_is_told_as_it_says(tmp_path: Path) -> None:
    desk = Desk.lay(tmp_path)
    path = desk.folder / "districts/east.yaml"
    path.write_text(path.read_text("utf-8").replace("zone: extranet", "zone: extranett", 1), "utf-8")
    assert block("README.md", "text", "mend") == f"stacks/tiny/{desk.only_problem()}\n"


def test_the_mistakes_of_the_tutorial_are_told_as_it_says(tmp_path: Path) -> None:
    desk = Desk.lay(tmp_path)
    for containing, problems in (("pods: 5/pods: 8", 0), ("extranett", 2)):
        script = re.findall(r"sed -i '(.+)' stacks", block("docs/tutorial.md", "sh", containing))
        subprocess.run(["sed", "-i", *script, str(desk.folder / "districts/east.yaml")], check=True)
        told = desk.load().problems
        assert len(told) == problems
    assert block("docs/tutorial.md", "text", "mend") == "".join(f"stacks/tiny/{problem}\n" for problem in told)


def test_the_examples_of_the_guides_are_faultless(tmp_path: Path) -> None:
    desk = Desk.lay(tmp_path)
    tenant = textwrap.indent(block("docs/how-to/add-a-tenant.md", "yaml", "statistics-portal:"), "  ")
    west = (desk.folder / "districts/west.yaml").read_text("utf-8")
    desk.write("districts/west.yaml", f"{west}\n{tenant}")
    desk.write("districts/north.yaml", block("docs/how-to/add-a-district.md", "yaml", "tenants: {}"))
    allotment = block("docs/how-to/add-a-district.md", "yaml", "allotments:")
    desk.edit("city.yaml", "allotments:\n", allotment)
    loaded = desk.load()
    assert not loaded.problems
    assert loaded.city is not None
    assert "statistics-portal" in loaded.city.districts["west"].tenants
    assert "north" in loaded.city.districts


def test_the_transcripts_have_their_places() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert readme.count("\n") <= 150
    for name in ("transcript:up", "transcript:test", "times"):
        assert readme.count(f"<!-- {name} -->") == readme.count(f"<!-- /{name} -->") == 1
