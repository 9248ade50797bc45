"""A rule that cannot be relied on does not load, and all that is wrong is told at once, with file, line and mend."""

import shutil
from pathlib import Path

import pytest

from policies.load import FOLDER, load

FILE = "rules/MR-04.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    for name in ("MR-01", "MR-02", "MR-04", "MR-05", "MR-11", "MR-12", "GV-03"):
        shutil.copy(FOLDER / f"rules/{name}.yaml", tmp_path / "rules")
        shutil.copytree(FOLDER / "examples" / name, tmp_path / "examples" / name)
    return tmp_path


def edit(folder: Path, file: str, old: str, new: str) -> int:
    """Replace the first place of a text; return its line."""
    path = folder / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return text[: text.index(old)].count("\n") + 1


def told(folder: Path) -> list[str]:
    loaded = load(folder)
    assert bool(loaded.problems) != bool(loaded.rules)
    return [str(problem) for problem in loaded.problems]


def test_the_catalogue_is_faultless() -> None:
    assert load().problems == ()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("severity: critical", "severity: grave", "severity = grave: is none of the known values"),
        ("severity: critical", "colour: red\nseverity: critical", "colour: the key is unknown"),
        ("rationale:", "reason:", "rationale: a required key is missing"),
        ("id: MR-04", "id: MR-4", "id = MR-4: is not written as it must be"),
        ("id: MR-04", "id: MR-05", "id = MR-05: is not the name of its file"),
        ("controls: [CE7, CE4]", "controls: [CE7, CE77]", "controls.1 = CE77: is none of the known values"),
        ("controls: [CE7, CE4]", "controls: []", "controls = a list of 0 items: has too few entries"),
        ("kinds: [pod-templates]", "kinds: [apps/Deploymint]", "match.kinds.0 = apps/Deploymint: this kind is not known"),
        ("[pods/ephemeralcontainers]", "[ephemeralcontainers]", "match.subresources.0 = ephemeralcontainers: is no subresource"),
        (
            "[pods/ephemeralcontainers]",
            "[pods/exec]\n  exempt: [nodes]",
            "match.exempt = nodes: nodes pass where the cluster passes",
        ),
        ("hostNetwork.orValue(false)", "hostNetwork.orValue(false", "checks.0.cel: is no CEL"),
        ("hostNetwork.orValue(false)", "hostNetwork.orValue(fals)", "checks.0.cel: is no CEL"),
        (
            "variables.podSpec.?hostNetwork",
            "variables.podspec.?hostNetwork",
            "checks.0.cel = variables.podspec: there is no such variable",
        ),
        ("variables.podSpec.?hostNetwork.orValue(false)", "params.data.host == 'x'", "params.data.host: is not under `params`"),
        (
            "variables.podSpec.?hostNetwork.orValue(false)",
            "object.orValue(x)[y]",
            "checks.0.cel: takes a value by a computed key",
        ),
        (
            "variables.podSpec.?hostNetwork.orValue(false)",
            "namespaceObject.metadata.name == 'x'",
            "reads what a plan does not know",
        ),
        ("message: a container is privileged", "message: a container takes a port of the host", "another check says the same"),
        ("message: a container is privileged", "message: a container is privileged.", "ends with a full stop"),
        ("points: [plan, admission, audit]", "points: [plan, audit]", "expect.admission: the rule is not enforced there"),
        ("since: '2026-11-23'", "since: soon", "since = soon: is not written as it must be"),
        ("  days: 30", "  days: 10000", "waiver.days = 10000: is too large"),
    ],
)
def test_a_mistake_in_a_rule_is_told_with_its_line(folder: Path, old: str, new: str, message: str) -> None:
    edit(folder, FILE, old, new)
    found = [each for each in told(folder) if message in each]
    assert found, told(folder)
    assert all("; allowed: " in each and "; mend: " in each for each in found)


def test_the_line_is_that_of_the_field(folder: Path) -> None:
    line = edit(folder, FILE, "severity: critical", "severity: grave")
    assert any(each.startswith(f"{FILE}:{line}: severity") for each in told(folder))


def test_a_rule_in_python_has_a_function_and_no_text(folder: Path) -> None:
    edit(folder, "rules/MR-12.yaml", "python: package", "python: packages")
    edit(folder, "rules/MR-11.yaml", "points: [plan]", "points: [plan, admission]")
    edit(folder, "rules/GV-03.yaml", "python: evasion\n", "")
    messages = told(folder)
    assert any("python = packages: there is no such function" in each and "did you mean 'package'?" in each for each in messages)
    assert any("the cluster cannot run Python" in each for each in messages)
    assert any("rules/GV-03.yaml" in each and "one of the two" in each for each in messages)


@pytest.mark.parametrize("sort", ["allowed", "disallowed"])
def test_a_rule_needs_two_examples_of_each_sort(folder: Path, sort: str) -> None:
    for path in sorted((folder / "examples/MR-04" / sort).iterdir())[1:]:
        path.unlink()
    (message,) = told(folder)
    assert message.startswith(f"{FILE}:1: there are 1 examples in examples/MR-04/{sort}; allowed: at least 2; mend: add")


def test_an_example_of_no_rule_is_told(folder: Path) -> None:
    shutil.copytree(folder / "examples/MR-04", folder / "examples/MR-99")
    assert all("is no place of an example" in each for each in told(folder))


def test_an_example_that_expects_what_its_folder_does_not_say_is_told(folder: Path) -> None:
    edit(folder, "examples/MR-04/allowed/restricted.yaml", "plan: allowed", "plan: refused")
    assert any("an example in allowed/ expects otherwise" in each for each in told(folder))


def test_an_empty_folder_is_no_catalogue(tmp_path: Path) -> None:
    assert told(tmp_path) == ["rules:1: there is no rule; allowed: files rules/ID.yaml; mend: add the rules"]


def test_many_mistakes_are_told_in_one_go(folder: Path) -> None:
    edit(folder, FILE, "severity: critical", "severity: grave")
    edit(folder, "rules/MR-01.yaml", "points: [plan", "points: [plans")
    (folder / "rules/MR-02.yaml").write_text("nonsense", "utf-8")
    (folder / "examples/MR-05/allowed/pool.yaml").write_bytes(b"\xff")
    files = {each.split(":", 1)[0] for each in told(folder)}
    assert {FILE, "rules/MR-01.yaml", "rules/MR-02.yaml", "examples/MR-05/allowed/pool.yaml"} <= files
