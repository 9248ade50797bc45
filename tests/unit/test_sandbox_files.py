"""The configuration of the cluster's programs: it parses, it is safe, and a change of it is seen."""

import json
import shlex
import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from supervisor.options import UnhosedConfigParser

from sandbox.cluster import files, images, kubeconfig, pki, supervisor
from sandbox.cluster.files import write_if_changed
from sandbox.cluster.instance import Instance
from sandbox.cluster.programs import programs

TOOLS = Path("/opt/the tools/100%(here)s")
SECRETS = [("", "secrets"), ("", "serviceaccounts/token"), ("authentication.k8s.io", "tokenreviews")]


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Instance:
    """Return an instance with everything written."""
    monkeypatch.setenv("CITYFABRIC_STATE", str(tmp_path / "a state"))
    made = Instance("made", 3)
    write(made)
    return made


def write(instance: Instance, tools: Path = TOOLS, pause: str = "registry.example/pause:1") -> None:
    pki.ensure(instance)
    files.write_all(instance, cni_plugins=tools, runc="/usr/sbin/runc", pause_image=pause)
    kubeconfig.write_all(instance)
    supervisor.configure(instance, programs(instance, tools), f"{tools}:/usr/bin")


def document(instance: Instance, name: str) -> dict[str, Any]:
    found = yaml.safe_load((instance.config / name).read_text("utf-8"))
    assert isinstance(found, dict)
    return found


def test_every_file_parses_and_is_the_owners_alone(instance: Instance) -> None:
    readers: dict[str, Any] = {
        ".yaml": yaml.safe_load,
        ".kubeconfig": yaml.safe_load,
        ".toml": tomllib.loads,
        ".conflist": json.loads,
    }
    found = [path for path in instance.config.rglob("*") if path.is_file()]
    assert {path.suffix for path in found} == {*readers, ".conf"}
    for path in found:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        if path.suffix in readers:
            assert readers[path.suffix](path.read_text("utf-8")), path


def test_nothing_is_unverified_anonymous_or_open(instance: Instance) -> None:
    texts = [path.read_text("utf-8") for path in instance.config.rglob("*") if path.is_file()]
    texts += [shlex.join(program.command) for program in programs(instance, TOOLS)]
    for word in ("insecure", "skip-tls", "skip_verify", "AlwaysAllow", "ABAC", "token-auth-file", "http://0.0.0.0"):
        assert not any(word in text for text in texts), word
    kubelet = document(instance, "kubelet.yaml")
    assert not kubelet["authentication"]["anonymous"]["enabled"]
    assert (kubelet["authorization"]["mode"], kubelet["readOnlyPort"]) == ("Webhook", 0)
    api = next(program.command for program in programs(instance, TOOLS) if program.name == "kube-apiserver")
    assert {"--anonymous-auth=false", "--authorization-mode=Node,RBAC", "--profiling=false"} <= set(api)


def test_secrets_are_encrypted_by_a_key_that_stays(instance: Instance) -> None:
    before = document(instance, "encryption.yaml")
    (rule,) = before["resources"]
    assert rule["resources"] == ["secrets"]
    assert next(iter(rule["providers"][0])) == "secretbox"  # the first one writes
    write(instance)
    assert document(instance, "encryption.yaml") == before


def level(policy: dict[str, Any], group: str, resource: str, verb: str, *, user: str = "u", groups: tuple[str, ...] = ()) -> str:
    """Return how much is logged of a request: the first rule that fits it decides, as in the API server."""
    for rule in policy["rules"]:
        named = [(each["group"], name) for each in rule.get("resources", []) for name in each["resources"]]
        fits = [
            not named or (group, resource) in named,
            "nonResourceURLs" not in rule,
            "verbs" not in rule or verb in rule["verbs"],
            "users" not in rule or user in rule["users"],
            "userGroups" not in rule or bool(set(groups) & set(rule["userGroups"])),
        ]
        if all(fits):
            return str(rule["level"])
    return "None"


@pytest.mark.parametrize(("group", "resource"), SECRETS)
@pytest.mark.parametrize("verb", ["create", "update", "patch", "delete", "deletecollection", "get", "list", "watch"])
@pytest.mark.parametrize("holder", ["u", "system:kube-controller-manager"])
def test_the_audit_log_never_holds_a_secret(instance: Instance, group: str, resource: str, verb: str, holder: str) -> None:
    policy = document(instance, "audit-policy.yaml")
    for groups in ((), ("system:nodes",), ("system:serviceaccounts:kube-system",)):
        assert level(policy, group, resource, verb, user=holder, groups=groups) in {"Metadata", "None"}


def test_the_audit_log_holds_who_changed_what_and_who_read_secrets(instance: Instance) -> None:
    policy = document(instance, "audit-policy.yaml")
    assert level(policy, "rbac.authorization.k8s.io", "rolebindings", "create") == "Request"
    assert level(policy, "apps", "deployments", "patch", groups=("system:nodes",)) == "Request"
    assert level(policy, "", "secrets", "get") == "Metadata"
    assert level(policy, "coordination.k8s.io", "leases", "update") == "None"
    assert "RequestResponse" not in {rule["level"] for rule in policy["rules"]}


def test_containerd_and_the_kubelet_stay_in_the_instance(instance: Instance) -> None:
    containerd = tomllib.loads((instance.config / "containerd.toml").read_text("utf-8"))
    socket = containerd["grpc"]["address"]
    assert document(instance, "kubelet.yaml")["containerRuntimeEndpoint"] == f"unix://{socket}"
    assert containerd["root"].startswith(f"{instance.state}/")
    assert containerd["state"].startswith(f"{instance.run}/")
    assert containerd["plugins"]["io.containerd.cri.v1.images"]["pinned_images"]["sandbox"] == "registry.example/pause:1"
    (plugin,) = json.loads((instance.config / "cni" / "10-pods.conflist").read_text("utf-8"))["plugins"]
    assert plugin["ipam"]["ranges"] == [[{"subnet": instance.pod_network}]]


def test_supervisord_runs_each_command_line_as_it_was_meant(instance: Instance) -> None:
    parser = UnhosedConfigParser()
    parser.read([str(instance.config / "supervisord.conf")])
    for program in programs(instance, TOOLS):
        line = parser.saneget(f"program:{program.name}", "command", expansions={"here": "elsewhere"})
        assert tuple(shlex.split(line))[3:] == program.command
        assert parser.saneget(f"program:{program.name}", "autorestart") == "true"


def test_programs_are_stopped_in_the_opposite_order(instance: Instance) -> None:
    names = [program.name for program in programs(instance, TOOLS)]
    assert names[:2] == ["etcd", "kube-apiserver"]
    assert names.index("containerd") < names.index("kubelet")


def test_the_digest_changes_with_the_configuration_and_with_nothing_else(instance: Instance) -> None:
    before = supervisor.digest(instance)
    write(instance)
    assert supervisor.digest(instance) == before
    seen = {before}
    for change in (
        lambda: write(instance, pause="registry.example/pause:2"),
        lambda: write(instance, tools=Path("/opt/other")),
        (instance.pki / "proxy.crt").unlink,
        lambda: (instance.config / "kubelet.yaml").write_text("other: 1"),
    ):
        change()
        seen.add(supervisor.digest(instance))
    assert len(seen) == 5


def test_a_file_is_replaced_at_once_and_only_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "sub" / "file"
    assert write_if_changed(path, "one")
    first = path.stat()
    assert not write_if_changed(path, "one")
    assert path.stat() == first
    assert write_if_changed(path, "two")
    assert path.stat().st_ino != first.st_ino
    assert [each.name for each in path.parent.iterdir()] == ["file"]


def test_the_pause_image_is_the_first_of_the_catalogue() -> None:
    assert images.catalogue(TOOLS)[0].name.startswith("platform/pause:")
