"""The steward by itself, against a made-up API server over real TLS: what it deletes, what it leaves, and what it survives."""

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from sandbox.toolchain.install import ensure
from tests.apiserver import ADDRESS, Asked, Server, self_signed, serving
from tests.town import Quiet

pytestmark = pytest.mark.sandbox

NOW = "Fri, 01 Jan 2027 00:00:00 GMT"  # not this machine's time
LAPSED, LASTING = "2026-12-31T23:59:59Z", "2027-01-01T00:00:01Z"
PATH = "/apis/rbac.authorization.k8s.io/v1"


def binding(name: str, expires: str | None) -> dict[str, Any]:
    notes = {} if expires is None else {"cityfabric.io/expires": expires}
    metadata = {"name": name, "namespace": "east", "uid": f"uid-{name}", "resourceVersion": "7", "annotations": notes}
    subjects = [{"kind": "User", "name": "li.wei"}]
    return {"metadata": metadata, "roleRef": {"name": "cityfabric-operator"}, "subjects": subjects}


@dataclass
class Cluster:
    """Answers as the API server does."""

    bindings: list[dict[str, Any]]
    page: int = 100
    statuses: dict[str, int] = field(default_factory=dict)
    """What a deletion is answered with, by name, where it is not the usual."""

    def __call__(self, asked: Asked) -> tuple[int, Mapping[str, Any]]:
        """Answer a request."""
        if asked.method == "GET":
            start = int(parse_qs(urlsplit(asked.path).query).get("continue", ["0"])[0])
            more = {"continue": str(start + self.page)} if start + self.page < len(self.bindings) else {}
            return 200, {"metadata": more, "items": self.bindings[start : start + self.page]}
        name = asked.path.rpartition("/")[2]
        if name not in self.statuses:
            self.bindings = [each for each in self.bindings if each["metadata"]["name"] != name]
        return self.statuses.get(name, 200), {}


@dataclass
class Steward:
    """The program as it runs."""

    process: subprocess.Popen[str]
    log: Path

    def lines(self) -> list[dict[str, Any]]:
        """Return what it has said."""
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines()]

    def deleted(self) -> set[str]:
        """Return the bindings that it says it has deleted."""
        return {line["binding"] for line in self.lines() if line["msg"] == "deleted"}


@pytest.fixture(scope="module")
def program() -> Path:
    """Return the program."""
    return ensure(Quiet()).bin / "steward"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of credentials, as the kubelet fills it; the server's are beside them."""
    certificate, key = self_signed()
    for name, content in (("tls.crt", certificate), ("tls.key", key), ("ca.crt", certificate), ("token", b"first\n")):
        (tmp_path / name).write_bytes(content)
    return tmp_path


@contextmanager
def running(program: Path, folder: Path, port: int) -> Iterator[Steward]:
    log = folder / "log"
    command = [program, "-every", "50ms", "-credentials", folder]
    environment = {"KUBERNETES_SERVICE_HOST": ADDRESS, "KUBERNETES_SERVICE_PORT": str(port)}
    with (
        log.open("w", encoding="utf-8") as written,
        subprocess.Popen(command, env=environment, stdout=written, text=True) as process,
    ):
        try:
            yield Steward(process, log)
        finally:
            process.kill()


def wait(holds: Callable[[], object]) -> None:
    ends = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.02)


def looks(server: Server, count: int = 3) -> None:
    """Wait until it has looked some more times."""
    before = len([each for each in server.asked if each.method == "GET"])
    wait(lambda: len([each for each in server.asked if each.method == "GET"]) >= before + count)


def test_what_has_lapsed_by_the_servers_clock_is_deleted_and_nothing_else(program: Path, folder: Path) -> None:
    gone = {"past": LAPSED, "now": "2027-01-01T00:00:00Z", "elsewhere": "2027-01-01T07:59:59+08:00"}
    unreadable = {"none": None, "empty": "", "words": "tomorrow", "a-day": "2099-12-31", "no-zone": "2099-12-31T00:00:00"}
    stays = {"soon": LASTING, "later": "2099-12-31T23:59:59Z", "west": "2026-12-31T23:59:59-01:00"}
    cluster = Cluster([binding(name, expires) for name, expires in {**gone, **unreadable, **stays}.items()])
    with serving(folder, cluster, NOW) as server, running(program, folder, server.port) as steward:
        wait(lambda: steward.deleted() == {*gone, *unreadable})
        looks(server)
        assert {each["metadata"]["name"] for each in cluster.bindings} == set(stays)
        assert {asked.path.rpartition("/")[2] for asked in server.asked if asked.method == "DELETE"} == {*gone, *unreadable}


def test_a_deletion_names_the_binding_that_was_seen_and_is_told(program: Path, folder: Path) -> None:
    with serving(folder, Cluster([binding("past", LAPSED)]), NOW) as server, running(program, folder, server.port) as steward:
        wait(steward.deleted)
    first, deletion = server.asked[0], next(each for each in server.asked if each.method == "DELETE")
    assert first.path.startswith(f"{PATH}/rolebindings?")
    assert "app.kubernetes.io%2Fmanaged-by%3Dcityfabric%2Ccityfabric.io%2Ftemporary%3Dtrue" in first.path
    assert deletion.path == f"{PATH}/namespaces/east/rolebindings/past"
    assert json.loads(deletion.body)["preconditions"] == {"uid": "uid-past", "resourceVersion": "7"}
    told = next(line for line in steward.lines() if line["msg"] == "deleted")
    assert (told["namespace"], told["role"], told["expires"]) == ("east", "cityfabric-operator", LAPSED)
    assert told["subjects"] == [{"kind": "User", "name": "li.wei"}]
    assert told["why"] == "it has lapsed"


def test_all_pages_are_looked_at_and_one_failure_does_not_keep_the_others(program: Path, folder: Path) -> None:
    cluster = Cluster([binding(f"b{number}", LAPSED) for number in range(7)], page=2, statuses={"b1": 500, "b2": 409, "b3": 404})
    with serving(folder, cluster, NOW) as server, running(program, folder, server.port) as steward:
        wait(lambda: {"b0", "b4", "b5", "b6"} <= steward.deleted())
        assert steward.deleted().isdisjoint({"b1", "b2", "b3"}), "changed or gone meanwhile is not deleted"
        assert any(line["msg"] == "not deleted" and line["binding"] == "b1" for line in steward.lines())


def test_the_token_is_read_again(program: Path, folder: Path) -> None:
    with serving(folder, Cluster([]), NOW) as server, running(program, folder, server.port):
        wait(lambda: server.asked)
        (folder / "token").write_text("second")
        wait(lambda: server.asked[-1].token == "second")
        assert server.asked[0].token == "first"


def test_no_token_goes_to_a_server_of_another_authority(program: Path, folder: Path) -> None:
    own, (other, _) = (folder / "ca.crt").read_bytes(), self_signed()
    (folder / "ca.crt").write_bytes(other)
    with serving(folder, Cluster([binding("past", LAPSED)]), NOW) as server, running(program, folder, server.port) as steward:
        wait(lambda: any("certificate" in line.get("error", "") for line in steward.lines()))
        assert server.asked == []
        (folder / "ca.crt").write_bytes(own)
        wait(steward.deleted)


def test_it_outlives_a_server_that_is_away(program: Path, folder: Path) -> None:
    with serving(folder, Cluster([]), NOW) as first:
        port = first.port
    with running(program, folder, port) as steward:
        wait(lambda: any(line["msg"] == "cannot look" for line in steward.lines()))
        with serving(folder, Cluster([binding("past", LAPSED)]), NOW, port):
            wait(steward.deleted)
        before = len(steward.lines())
        wait(lambda: any(line["msg"] == "cannot look" for line in steward.lines()[before:]))
        with serving(folder, Cluster([binding("again", LAPSED)]), NOW, port):
            wait(lambda: "again" in steward.deleted())
        assert any(line["msg"] == "looking again" for line in steward.lines())


def test_it_ends_when_told_to(program: Path, folder: Path) -> None:
    with serving(folder, Cluster([]), NOW) as server, running(program, folder, server.port) as steward:
        wait(lambda: server.asked)
        steward.process.send_signal(signal.SIGTERM)
        assert steward.process.wait(5) == 0
        assert steward.lines()[-1]["msg"] == "ended"


def test_outside_of_a_cluster_it_says_what_is_missing(program: Path) -> None:
    answer = subprocess.run([program], env={}, capture_output=True, text=True, check=False, timeout=10)
    assert answer.returncode == 2
    assert "KUBERNETES_SERVICE_HOST" in json.loads(answer.stdout)["error"]
