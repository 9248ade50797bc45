"""The generated JSON Schemas: every file of every city keeps to them, and they cannot drift from the models."""

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # its stubs are not in the lock
import pytest

from infra.model import schema
from infra.model.kinds import KINDS
from tests.desk import ROOT, read_otherwise
from tools import generate

FILES = sorted(
    (kind, file)
    for city in sorted(ROOT.glob("stacks/*/city.yaml"))
    for kind in (kind.name for kind in KINDS)
    for file in city.parent.glob(next(one.file("*" if one.folder else one.name) for one in KINDS if one.name == kind))
)
SCHEMAS = {kind.name: schema.of(kind) for kind in KINDS}


def test_all_files_are_looked_at() -> None:
    on_disk = {file for city in ROOT.glob("stacks/*/city.yaml") for file in city.parent.rglob("*.yaml")}
    assert {file for _, file in FILES} == on_disk
    assert len(on_disk) > 70


@pytest.mark.parametrize(("kind", "file"), FILES, ids=[str(file.relative_to(ROOT / "stacks")) for _, file in FILES])
def test_every_file_keeps_to_the_schema_that_its_first_line_names(kind: str, file: Path) -> None:
    first = file.read_text("utf-8").split("\n", 1)[0]
    named = (file.parent / first.split("$schema=", 1)[1]).resolve()
    assert named == ROOT / f"stacks/schemas/{kind}.schema.json"
    jsonschema.validate(read_otherwise(file), json.loads(named.read_text("utf-8")), cls=jsonschema.Draft202012Validator)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_schemas_are_schemas(kind: Any) -> None:  # noqa: ANN401 - pytest passes what it is given
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[kind.name])
    assert SCHEMAS[kind.name]["additionalProperties"] is False


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("unknown",), 1),
        (("level",), "distrikt"),
        (("tenants", "Not_A_Name"), {}),
        (("tenants", "education", "quota", "pods"), -1),
        (("tenants", "education", "egress"), "open"),
        (("tenants", "education", "environments"), {}),
        (("tenants", "education", "roles", "king"), ["group:x"]),
    ],
)
def test_editors_see_the_same_mistakes_as_the_loader(path: tuple[str, ...], value: object) -> None:
    data = read_otherwise(ROOT / "stacks/tiny/districts/east.yaml")
    inner = data
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, SCHEMAS["district"])


def test_generated_files_are_up_to_date() -> None:
    assert generate.differing(ROOT) == {}, "run: make docs"


def test_drift_fails_and_names_the_file_and_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main([], tmp_path) == 0
    assert generate.main(["--check"], tmp_path) == 0
    edited, missing = tmp_path / "stacks/schemas/zones.schema.json", tmp_path / "stacks/schemas/room.schema.json"
    edited.write_text(edited.read_text().replace("65535", "65536"))
    missing.unlink()
    capsys.readouterr()
    assert generate.main(["--check"], tmp_path) == 1
    told = capsys.readouterr().err
    assert told.count("make docs") == told.count("\n") == 2
    assert "stacks/schemas/zones.schema.json" in told
    assert "stacks/schemas/room.schema.json" in told
    assert not missing.exists(), "--check writes nothing"
    assert generate.main([], tmp_path) == 0
    assert generate.main(["--check"], tmp_path) == 0


def test_the_generator_refuses_what_it_does_not_know(capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main(["--chek"], Path("/nonexistent")) == 2
    assert "usage" in capsys.readouterr().err


def test_rendering_is_stable() -> None:
    first, second = schema.render(), schema.render()
    assert list(first.items()) == list(second.items())
    assert all(text.endswith("}\n") for text in first.values())
