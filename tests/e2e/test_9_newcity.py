"""A city in a repository of its own: made by the genuine `pulumi new`, built by the installed package, without this checkout."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.model import labels
from sandbox.toolchain import build, cache
from sandbox.toolchain.install import ensure
from sandbox.toolchain.pins import RECIPES
from tests import newcity
from tests.town import BIN, ROOT, Quiet, Town, good

pytestmark = pytest.mark.e2e

NAME, DESCRIPTION = "rivertown", "River Town"
KEYS = (
    "import json, sandbox; from sandbox.toolchain import build, cache; from sandbox.toolchain.pins import RECIPES;"
    "print(json.dumps([sandbox.__file__, [cache.key(one, build.go_version()) for one in RECIPES]]))"
)


def run(folder: Path, *command: str | Path, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run a command as somebody without this project would, and see it end well."""
    dropped = ("PULUMI_", "CITYFABRIC_", "PYTHON", "VIRTUAL_ENV", "KUBECONFIG")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(dropped)} | extra
    words = [str(one) for one in command]
    return good(subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False))


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that `pulumi new` filled."""
    tools = ensure(Quiet())
    folder = tmp_path_factory.mktemp("repository")
    command = ["pulumi", "new", newcity.TEMPLATE, "--name", NAME, "--description", DESCRIPTION, "--generate-only", "--yes"]
    path = f"{tools.bin}:{os.environ['PATH']}"
    answer = run(folder, *command, PATH=path, PULUMI_HOME=str(tools.pulumi_home), PULUMI_SKIP_UPDATE_CHECK="1")
    assert "follow README.md" in answer.stdout
    for each in shell(folder / "README.md", "mv "):
        run(folder, *shlex.split(each))
    return folder


def shell(readme: Path, beginning: str) -> list[str]:
    """Return the lines of the README's code that begin so."""
    return re.findall(rf"^({re.escape(beginning)}(?:\\\n|.)+)$", readme.read_text("utf-8"), re.MULTILINE)


@pytest.fixture(scope="module")
def installed(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Town:
    """Return the city after the commands of its README, the wheel installed, nothing built."""
    wheels = tmp_path_factory.mktemp("wheels")
    run(ROOT, BIN / "pip", "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", wheels, ".")
    run(repository, sys.executable, "-m", "venv", ".venv")
    for each in shell(repository / "README.md", ".venv/bin/pip"):
        run(repository, *shlex.split(each.replace("WHEELS", str(wheels))))
    instance = os.environ.get("CITYFABRIC_E2E_NEWCITY", "sandbox-newcity")
    return Town(instance, repository, city=NAME, bin=repository / ".venv/bin", extra={"CITYFABRIC_CITY": ""})


@pytest.fixture(scope="module")
def rivertown(installed: Town) -> Iterator[Town]:
    """Return the city after `cityfabric up` without any option; in the end it is taken away."""
    good(installed.cityfabric("reset"))
    outcomes = json.loads(good(installed.cityfabric("up", "--json")).stdout)
    assert {one["stack"] for one in outcomes} == {installed.stack(part) for part in ("city", "municipal")}
    yield installed
    good(installed.cityfabric("reset"))
    assert list((installed.root / "stacks/config").iterdir()) == []


def test_the_repository_is_what_the_template_says(repository: Path, tmp_path: Path) -> None:
    newcity.made(tmp_path / "made", NAME, DESCRIPTION)
    files = {path.relative_to(tmp_path / "made") for path in (tmp_path / "made").rglob("*") if path.is_file()}
    assert len(files) > 15
    for file in files - {Path("Pulumi.yaml")}:  # which Pulumi writes anew without the template's part
        assert (repository / file).read_text("utf-8") == (tmp_path / "made" / file).read_text("utf-8"), file


def test_the_installed_package_is_another_with_the_same_tools(installed: Town) -> None:
    file, keys = json.loads(run(installed.root, installed.bin / "python", "-c", KEYS).stdout)
    assert Path(file).is_relative_to(installed.root / ".venv")
    assert keys == [cache.key(one, build.go_version()) for one in RECIPES]


def test_the_city_is_there(rivertown: Town) -> None:
    found = rivertown.get("namespaces", f"--selector={labels.CITY}={NAME}")
    names = {each["metadata"]["name"] for each in found}
    assert "municipal-portal-prod" in names
    assert {labels.zone_namespace(zone) for zone in ("internet", "extranet", "exchange", "data", "management")} <= names
    rows = json.loads(good(rivertown.cityfabric("status", "--json")).stdout)["tenants"]
    assert [(row["district"], row["tenant"]) for row in rows] == [("municipal", "portal")]


def test_a_second_run_changes_nothing(rivertown: Town) -> None:
    for one in json.loads(good(rivertown.cityfabric("up", "--json")).stdout):
        assert not one["errors"]
        assert one["changes"].keys() == {"same"}
    good(rivertown.cityfabric("drift"))


def test_plain_pulumi_works_in_it(rivertown: Town) -> None:
    for part in ("city", "municipal"):
        good(rivertown.pulumi("preview", "--stack", rivertown.stack(part), "--expect-no-changes"))
    assert f"{rivertown.root}/.venv/bin" in rivertown.shell()["PATH"].split(":")


def test_the_readmes_tenant_is_onboarded_and_its_deployer_runs_a_job(rivertown: Town) -> None:
    for each in shell(rivertown.root / "README.md", "cityfabric onboard"):
        answer = good(rivertown.cityfabric(*shlex.split(each.replace("\\\n", ""))[1:]))
    assert "east-education-prod: its deployer ran a job" in answer.stderr
    metadata = rivertown.get("namespace", "east-education-prod")[0]["metadata"]
    assert metadata["annotations"][labels.DECLARED_IN] == f"stacks/{NAME}/districts/east.yaml"


def test_down_keeps_it_and_up_brings_it_back(rivertown: Town) -> None:
    good(rivertown.cityfabric("down"))
    assert rivertown.cityfabric("status").returncode == 1
    assert all(one["changes"].keys() == {"same"} for one in json.loads(good(rivertown.cityfabric("up", "--json")).stdout))
