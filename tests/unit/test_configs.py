"""What is written for the engine: once, whole, for the owner alone, and for no other cluster."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from cityfabric import configs
from cityfabric.errors import EngineError
from cityfabric.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return the settings of a sandbox instance."""
    (tmp_path / "root").mkdir()
    state = tmp_path / "states" / "sandbox"
    return Settings(tmp_path / "root", "cityfabric", "tiny", "sandbox", state, state / "kubeconfig", sandbox=True)


def built(settings: Settings, *stacks: str) -> None:
    """Let Pulumi have a state of these stacks."""
    for stack in stacks:
        file = configs.state_file(settings, stack)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()


def test_the_configuration_is_written_once(settings: Settings) -> None:
    configs.prepare(settings, "uid-1", ["east"])
    written = {path.name: path.read_bytes() for path in settings.stack_configs.iterdir()}
    assert written.keys() == {"Pulumi.sandbox.tiny.city.yaml", "Pulumi.sandbox.tiny.east.yaml"}
    assert yaml.safe_load(written["Pulumi.sandbox.tiny.east.yaml"])["config"] == {
        "cityfabric:kind": "district",
        "cityfabric:city": "tiny",
        "cityfabric:district": "east",
        "cityfabric:cluster": "uid-1",
    }
    built(settings, settings.stack(), settings.stack("east"))
    configs.prepare(settings, "uid-1", ["east", "west"])
    again = {path.name: path.read_bytes() for path in settings.stack_configs.iterdir()}
    assert {name: again[name] for name in written} == written  # Pulumi keeps its salt here
    assert again.keys() - written.keys() == {"Pulumi.sandbox.tiny.west.yaml"}


def test_only_the_instances_own_configuration_is_removed(settings: Settings) -> None:
    configs.prepare(settings, "uid", ["east"])
    others = [settings.stack_configs / name for name in ("Pulumi.sandbox-2.tiny.city.yaml", "Pulumi.external.tiny.city.yaml")]
    for other in others:
        other.touch()
    configs.remove_configs(settings)
    assert sorted(settings.stack_configs.iterdir()) == sorted(others)


def test_the_passphrase_is_the_owners_alone_and_stays(settings: Settings) -> None:
    configs.prepare(settings, "uid", [])
    file = settings.state / "passphrase"
    text = file.read_text()
    assert len(text) >= 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.backend.stat().st_mode) == 0o700
    configs.prepare(settings, "uid", [])
    assert file.read_text() == text


def test_what_a_sandbox_removed_by_hand_left_is_written_anew(settings: Settings) -> None:
    configs.prepare(settings, "uid-1", [])
    path = settings.stack_configs / "Pulumi.sandbox.tiny.city.yaml"
    path.write_text(path.read_text() + "encryptionsalt: of-the-old-passphrase\n")
    configs.prepare(settings, "uid-2", [])
    document = yaml.safe_load(path.read_text())
    assert (document["config"]["cityfabric:cluster"], document.keys()) == ("uid-2", {"config"})


def test_a_state_of_a_cluster_that_is_no_more_is_told(settings: Settings) -> None:
    configs.prepare(settings, "uid-1", [])
    built(settings, settings.stack())
    with pytest.raises(EngineError, match=r"Pulumi\.sandbox\.tiny\.city\.yaml names the cluster uid-1") as failure:
        configs.prepare(settings, "uid-2", [])
    assert "cityfabric reset" in failure.value.mend


def test_the_configuration_for_another_cluster_is_never_touched(settings: Settings) -> None:
    outside = replace(settings, instance="production", sandbox=False)
    configs.prepare(outside, "uid-1", [])
    path = settings.stack_configs / "Pulumi.production.tiny.city.yaml"
    before = path.read_bytes()
    configs.prepare(outside, "uid-2", [])  # the program of the stack refuses the cluster
    assert path.read_bytes() == before


def test_a_writing_that_fails_leaves_what_was_there(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> int:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "write_text", fail)
    with pytest.raises(OSError, match="disk full"):
        configs.prepare(settings, "uid", [])
    assert not (settings.state / "passphrase").exists()  # an empty one would be taken as the passphrase
