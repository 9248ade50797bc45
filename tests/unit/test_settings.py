"""What a command works on: the project, the city, the instance, and whose cluster."""

from pathlib import Path

import pytest

from cityfabric.configs import state_file
from cityfabric.errors import Exit, UserError
from cityfabric.settings import Settings, read_settings
from tests.desk import ROOT


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in the project's folder with nothing set but the folder of states, and return that."""
    for name in ("CITYFABRIC_CITY", "CITYFABRIC_INSTANCE", "KUBECONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CITYFABRIC_STATE", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(ROOT)
    return tmp_path


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """Return the kubeconfig of another cluster."""
    file = tmp_path / "home" / "config"
    file.parent.mkdir()
    file.touch()
    return file


def test_without_anything_set_it_is_the_model_city_on_the_sandbox(state: Path) -> None:
    found = read_settings()
    assert (found.root, found.city, found.instance, found.sandbox) == (ROOT, "hangzhou", "sandbox", True)
    assert found.kubeconfig == state / "sandbox" / "kubeconfig"
    assert found.city_folder == ROOT / "stacks" / "hangzhou"
    assert (found.stack(), found.stack("xihu")) == ("sandbox.hangzhou.city", "sandbox.hangzhou.xihu")


def test_the_city_is_the_options_then_the_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYFABRIC_CITY", "tiny")
    assert read_settings().city == "tiny"
    assert read_settings("hangzhou").city == "hangzhou"


@pytest.mark.parametrize("city", ["atlantis", "../stacks/tiny", "config", "schemas", "."])
def test_an_unknown_city_is_told_with_the_known_ones(city: str) -> None:
    with pytest.raises(UserError, match="there is no city") as refusal:
        read_settings(city)
    assert refusal.value.mend == "choose one of: hangzhou, tiny"
    assert refusal.value.code is Exit.WRONG_INPUT


def test_the_project_is_found_from_a_folder_in_it_and_nowhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "stacks" / "tiny")
    assert read_settings().root == ROOT
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="not in a cityfabric project") as refusal:
        read_settings()
    assert "cd to" in refusal.value.mend


def test_a_projects_only_city_is_the_default_and_its_state_is_kept_under_the_projects_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "own"
    cities = [project / "stacks" / name / "city.yaml" for name in ("rivertown", "seatown")]
    cities[0].parent.mkdir(parents=True)
    cities[0].touch()
    (project / "Pulumi.yaml").write_text("name: own-repository\n", "utf-8")
    monkeypatch.chdir(project)
    found = read_settings()
    assert (found.project, found.city) == ("own-repository", "rivertown")
    assert state_file(found, found.stack()).parent.name == "own-repository"
    cities[1].parent.mkdir()
    cities[1].touch()
    with pytest.raises(UserError, match="there is no city 'hangzhou'") as refusal:
        read_settings()
    assert refusal.value.mend == "choose one of: rivertown, seatown"


@pytest.mark.parametrize("content", [b"", b"name: 5\n", b"- name\n", b"name: [\n", b"\xff"])
def test_a_project_without_a_name_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    (tmp_path / "stacks" / "hangzhou").mkdir(parents=True)
    (tmp_path / "stacks" / "hangzhou" / "city.yaml").touch()
    (tmp_path / "Pulumi.yaml").write_bytes(content)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"Pulumi\.yaml names no project"):
        read_settings()


@pytest.mark.parametrize("name", ["A", "-", "a.b", "a/b", "../x", "/etc", "a" * 16])
def test_an_instance_that_cannot_be_named_so_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("CITYFABRIC_INSTANCE", name)
    with pytest.raises(UserError, match="CITYFABRIC_INSTANCE is") as refusal:
        read_settings()
    assert "matches" in refusal.value.mend


def test_an_instance_has_stacks_and_state_of_its_own(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = read_settings()
    monkeypatch.setenv("CITYFABRIC_INSTANCE", "sandbox-two")
    second = read_settings()
    assert second.kubeconfig == state / "sandbox-two" / "kubeconfig"
    assert second.sandbox
    assert all(getattr(first, name) != getattr(second, name) for name in ("state", "backend", "kubeconfig"))
    assert first.stack() != second.stack()


def test_an_empty_kubeconfig_variable_is_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "")
    assert read_settings().sandbox


def test_the_sandboxs_own_kubeconfig_is_the_sandbox(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = read_settings()
    monkeypatch.setenv("KUBECONFIG", str(plain.kubeconfig))
    assert read_settings() == plain  # as in the shell of `cityfabric env`, even where it is not up
    monkeypatch.setenv("CITYFABRIC_INSTANCE", "sandbox-two")
    monkeypatch.setenv("KUBECONFIG", str(state / "sandbox-two" / "kubeconfig"))
    assert read_settings().sandbox


def outside(found: Settings, file: Path) -> bool:
    return (found.sandbox, found.instance, found.kubeconfig) == (False, "external", file.resolve())


def test_another_kubeconfig_is_another_cluster(other: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for text in (str(other), "~/config"):
        monkeypatch.setenv("KUBECONFIG", text)
        assert outside(read_settings(), other)


def test_a_relative_kubeconfig_is_taken_from_here(other: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = other.parent
    (project / "Pulumi.yaml").write_text("name: cityfabric\n", "utf-8")
    (project / "stacks" / "hangzhou").mkdir(parents=True)
    (project / "stacks" / "hangzhou" / "city.yaml").touch()
    monkeypatch.chdir(project)
    monkeypatch.setenv("KUBECONFIG", "config")
    assert outside(read_settings(), other)


def test_another_cluster_may_have_a_name_of_its_own(other: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(other))
    monkeypatch.setenv("CITYFABRIC_INSTANCE", "production")
    assert read_settings().stack() == "production.hangzhou.city"


def test_a_sandbox_and_another_cluster_never_share_a_name(other: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYFABRIC_INSTANCE", "production")
    with pytest.raises(UserError, match="KUBECONFIG names no cluster") as refusal:
        read_settings()  # else `reset` in a shell that lost its KUBECONFIG would remove the stacks of production
    assert "set KUBECONFIG to the cluster of production" in refusal.value.mend
    monkeypatch.setenv("KUBECONFIG", str(other))
    monkeypatch.setenv("CITYFABRIC_INSTANCE", "sandbox-two")
    with pytest.raises(UserError, match="a sandbox's name, and KUBECONFIG names another cluster") as refusal:
        read_settings()
    assert "unset KUBECONFIG" in refusal.value.mend


def test_no_sandbox_shares_its_state_with_another_cluster(other: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = read_settings()
    monkeypatch.setenv("KUBECONFIG", str(other))
    assert not read_settings().state.is_relative_to(sandbox.state)  # which `reset` removes


@pytest.mark.parametrize("name", ["nowhere", ".", "config:config"])
def test_a_kubeconfig_that_is_no_file_is_told(other: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("KUBECONFIG", f"{other.parent}/{name}")
    with pytest.raises(UserError, match="KUBECONFIG names") as refusal:
        read_settings()
    assert "unset" in refusal.value.mend


def test_a_relative_folder_of_states_is_taken_from_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYFABRIC_STATE", "states")
    assert read_settings().backend.as_uri() == f"{(ROOT / 'states' / 'sandbox' / 'pulumi').as_uri()}"


@pytest.mark.parametrize(("user", "place"), [(0, "/var/lib/cityfabric"), (1000, "home/.local/state/cityfabric")])
def test_the_state_is_the_systems_for_root_and_else_the_users(
    state: Path, monkeypatch: pytest.MonkeyPatch, user: int, place: str
) -> None:
    monkeypatch.setenv("CITYFABRIC_STATE", "")
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setattr("os.geteuid", lambda: user)
    assert read_settings().state == state / place / "sandbox"
