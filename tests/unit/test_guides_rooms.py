"""The guides to waivers and legacy rooms, tried as they are written, on the tiny city."""

import re
from pathlib import Path

import yaml

from infra.model.load import load_city
from infra.model.problem import Problem
from tests.pages import block
from tests.terminal import Run

WAIVER, CLOSE = "docs/how-to/ask-for-a-waiver.md", "docs/how-to/close-a-legacy-room.md"
ROOM, CITY = "stacks/tiny/rooms/old-school.yaml", "stacks/tiny/city.yaml"


def problems(project: Path) -> tuple[Problem, ...]:
    return load_city(project / "stacks/tiny").problems


def indented(text: str, blanks: int) -> str:
    return re.sub(r"^(?=.)", " " * blanks, text, flags=re.MULTILINE)


def put(project: Path, file: str, old: str, new: str) -> None:
    text = (project / file).read_text("utf-8")
    assert text.count(old) == 1
    (project / file).write_text(text.replace(old, new), "utf-8")


def test_a_waiver_is_asked_for_as_the_guide_says(run: Run, project: Path) -> None:
    manifest = block(WAIVER, "yaml", "kind: Deployment")
    (project / "notice-board.yaml").write_text(manifest, "utf-8")
    command = block(WAIVER, "sh", "--digest").split()
    digest = run(*command[1:]).out.strip()
    asked = block(WAIVER, "yaml", "category:").replace("DIGEST", digest)
    (project / "stacks/tiny/waivers/notice-board.yaml").write_text(asked, "utf-8")
    assert problems(project) == ()
    answer = run("waivers", "--day", "2026-11-23")
    assert answer.code == 0
    assert "notice-board" in answer.out
    assert yaml.safe_load(manifest)["metadata"]["annotations"] == {"cityfabric.io/waiver": "notice-board"}
    lapsed = run("waivers", "--day", "2026-12-16")
    assert (lapsed.code, "lapsed" in lapsed.out) == (1, True)


def test_a_room_is_closed_as_the_guide_says(run: Run, project: Path) -> None:
    text = (project / ROOM).read_text("utf-8")
    moved = indented(block(CLOSE, "yaml", "moved_on:"), 2)
    text = text.replace("  library:\n    title: {zh: 图书馆系统, en: Library}\n", moved)
    text = text[: text.index("survey:")] + block(CLOSE, "yaml", "survey:")
    (project / ROOM).write_text(text, "utf-8")
    assert problems(project) == ()
    put(project, ROOM, "state: migrating", "state: closed")
    answer = run("rooms")
    assert answer.code == 2
    assert block(CLOSE, "text", "tombstone") in answer.err
    put(project, CITY, "tombstones:\n", f"tombstones:\n{indented(block(CLOSE, 'yaml', 'closed_on:'), 2)}")
    answer = run("rooms", "--day", "2030-01-01")
    assert answer.code == 0
    assert "closed 2026-11-23" in answer.out


def test_a_room_is_repaired_and_extended_as_the_guide_says(run: Run, project: Path) -> None:
    put(project, ROOM, "replacements:\n", f"replacements:\n{indented(block(CLOSE, 'yaml', 'pieces:'), 2)}")
    put(project, ROOM, "extensions:\n", f"extensions:\n{indented(block(CLOSE, 'yaml', 'plan:'), 2)}")
    assert problems(project) == ()
    assert run("rooms", "--day", "2028-06-30").code == 0
    assert run("rooms", "--day", "2028-07-01").code == 1


def test_the_digest_of_a_new_room_is_named_as_the_guide_says(project: Path) -> None:
    text = (project / ROOM).read_text("utf-8")
    digest = re.findall(r"digest: (\S+)", text)[0]
    put(project, ROOM, digest, "0" * 64)
    (problem,) = problems(project)
    assert (problem.field, problem.message.endswith(digest)) == ("signed.digest", True)
