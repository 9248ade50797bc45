"""What is read for drift: of Secrets only the platform's own, decrypted from the state, and of nobody else's a single one."""

import json
import subprocess
from collections.abc import Mapping
from typing import Any

import pytest
from lightkube.core.exceptions import ApiError
from lightkube.models.meta_v1 import Status

from cityfabric.drift import declared as states
from cityfabric.drift import live
from cityfabric.drift.compare import Ref, reference
from cityfabric.drift.declared import Declared
from cityfabric.drift.find import State, find
from infra.model import labels

OURS = {labels.MANAGED_BY: labels.MANAGER}
NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}}


def secret(name: str, marks: Mapping[str, str], namespace: str = "n") -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace, "labels": dict(marks)}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": {"key": name}}


class Cluster:
    """Answers like an API server, and takes note of what was asked."""

    def __init__(self, *documents: dict[str, Any]) -> None:
        self.documents = documents
        self.given: list[str] = []
        self.asked: list[str] = []

    def list(self, kind: Any, *, namespace: str = "", labels: Mapping[str, str] | None = None) -> list[Any]:  # noqa: ANN401
        """List the objects of a kind with these labels."""
        assert namespace in {"", "*"}
        wanted = [one for one in self.documents if one["kind"] == kind.__name__]
        found = [one for one in wanted if (labels or {}).items() <= one["metadata"].get("labels", {}).items()]
        self.given += [one["metadata"]["name"] for one in found]
        return [kind.from_dict(one) for one in found]

    def get(self, kind: Any, name: str, *, namespace: str) -> Any:  # noqa: ANN401
        """Give one object."""
        self.asked.append(name)
        for one in self.documents:
            if (one["metadata"]["name"], one["metadata"].get("namespace")) == (name, namespace):
                self.given.append(name)
                return kind.from_dict(one)
        raise ApiError(status=Status(code=404, message="not found"))


def test_of_secrets_only_our_own_are_read() -> None:
    cluster = Cluster(NAMESPACE, secret("ours", OURS), secret("unlabelled", {}), secret("the-department-s", {}))
    wanted = [reference(secret(name, {})) for name in ("ours", "unlabelled", "deleted")]
    found = live.read(cluster, [*wanted, reference(secret("gone", {}, "gone"))])  # type: ignore[arg-type]
    assert {ref.name for ref in found if ref.kind == "Secret"} == {"ours", "unlabelled"}
    assert cluster.given == ["n", "ours", "unlabelled"]
    assert cluster.asked == ["deleted", "unlabelled"], "what went with its namespace is not asked for"
    assert found[Ref("v1", "Secret", "n", "unlabelled")]["data"] == {"key": "unlabelled"}


SEAL = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
VERSION = ("uid", "7")


def applied(one: Mapping[str, Any], version: str = VERSION[1]) -> dict[str, Any]:
    """Return an object as the API server has it."""
    return {**one, "metadata": {**one["metadata"], "uid": VERSION[0], "resourceVersion": version}}


def sealed(one: Mapping[str, Any], **content: str) -> dict[str, Any]:
    return {**one, "data": {**SEAL, **content}}


def test_what_the_state_encrypts_is_read_in_plain_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = secret("ours", OURS)
    wrapped = {False: sealed(plain, ciphertext="v1:x"), True: sealed(plain, plaintext=json.dumps(plain["data"]))}
    asked: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        resources = [
            {"type": "pulumi:providers:kubernetes", "inputs": {"kubeconfig": "all rights"}},
            {
                "type": "kubernetes:core/v1:Secret",
                "inputs": wrapped["--show-secrets" in command],
                "outputs": applied(wrapped[False]),
            },
            {"type": "kubernetes:core/v1:Namespace", "inputs": NAMESPACE | {"list": [1, {"a": "b"}]}},
        ]
        return subprocess.CompletedProcess(command, 0, json.dumps({"deployment": {"resources": resources}}), "")

    monkeypatch.setattr(states.subprocess, "run", run)
    monkeypatch.setattr(states.engine, "environment", lambda *_: {})
    monkeypatch.setattr(states.engine, "keeps_state", lambda _: False)
    settings: Any = type("Settings", (), {"root": "."})()
    tools: Any = None
    found, shut = states.declared(settings, tools, ["one"], unsealed=True), states.declared(settings, tools, ["one"])
    assert [one.document for one in found.values()] == [plain, NAMESPACE | {"list": [1, {"a": "b"}]}]
    assert ["--show-secrets" in command for command in asked] == [True, False]
    assert [(one.sealed, one.version) for one in shut.values()] == [(True, VERSION), (False, ("", ""))]
    assert not any(one.sealed for one in found.values())


@pytest.mark.parametrize(
    ("there", "looked_into", "state"),
    [
        (applied(secret("ours", OURS)), [], None),  # just as the run left it
        (applied(secret("ours", OURS), "8"), ["one"], None),  # put back since, or touched and not changed
        (applied(secret("ours", OURS) | {"data": {"key": "evil"}}, "8"), ["one"], State.CHANGED),
        (None, ["one"], State.DELETED),
    ],
)
def test_what_is_encrypted_is_looked_into_only_where_an_object_is_not_as_a_run_left_it(
    there: dict[str, Any] | None, looked_into: list[str], state: State | None
) -> None:
    plain, ref = secret("ours", OURS), reference(secret("ours", OURS))
    asked: list[str] = []

    def unseal(stacks: list[str]) -> dict[Ref, Declared]:
        asked.extend(stacks)
        return {ref: Declared("one", plain, VERSION)}

    cluster: Any = Cluster(NAMESPACE, *([there] if there else []))
    wanted = {
        reference(NAMESPACE): Declared("one", NAMESPACE),
        ref: Declared("one", sealed(plain, ciphertext="v1:x"), VERSION),
    }
    found = find(cluster, wanted, [], "tiny", unseal)
    assert asked == looked_into
    assert [drift.state for drift in found] == ([state] if state else [])
    assert all(drift.declared == plain for drift in found), "put back is what was declared, not its cipher"
