"""The Debian packages: the missing ones are installed, and where that cannot be, it is said which they are."""

from pathlib import Path

import pytest

from sandbox import debian
from sandbox.errors import SandboxError
from tests.workshop import script


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of programs of a made-up system that has all but ipset and nft, and whose apt-get is made up too."""
    folder = tmp_path / "sbin"
    for name in debian.PACKAGES:
        if name not in {"ipset", "nft"}:
            script(folder / name, "")
    script(tmp_path / "bin" / "apt-get", f'echo "$@ $DEBIAN_FRONTEND" >> {tmp_path}/calls')
    monkeypatch.setattr(debian, "_PATH", str(folder))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    return folder


def test_what_is_missing_is_installed_and_nothing_else(system: Path, tmp_path: Path) -> None:
    said: list[str] = []
    assert debian.missing() == ["ipset", "nftables"]
    debian.ensure(said.append)
    update, install = (tmp_path / "calls").read_text().splitlines()
    assert update == "update -qq noninteractive"
    assert install == "install -qq --yes --no-install-recommends ipset nftables noninteractive"
    assert said == ["installing Debian packages, usually 30 s: ipset nftables"]
    for name in ("ipset", "nft"):
        script(system / name, "")
    debian.ensure(pytest.fail)


@pytest.mark.usefixtures("system")
def test_where_apt_get_fails_its_message_and_the_packages_are_told(tmp_path: Path) -> None:
    script(tmp_path / "bin" / "apt-get", "echo no network >&2; exit 100")
    with pytest.raises(SandboxError, match="apt-get update failed: no network") as failure:
        debian.ensure(lambda _: None)
    assert failure.value.mend == "install these packages: ipset nftables"


@pytest.mark.usefixtures("system")
def test_on_another_system_the_packages_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    with pytest.raises(SandboxError, match="this is no Debian") as failure:
        debian.ensure(lambda _: None)
    assert failure.value.mend == "install these packages: ipset nftables"


def test_a_program_of_the_system_is_found_or_its_package_told(system: Path) -> None:
    assert debian.program("runc") == str(system / "runc")
    with pytest.raises(SandboxError, match="nft is not there") as failure:
        debian.program("nft")
    assert failure.value.mend == "apt-get install nftables"
