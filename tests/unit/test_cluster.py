"""The stack takes the cluster that KUBECONFIG names if it is its own, and says no credential."""

import base64
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from infra.cluster import connect, doors, foreign_services, kube_system_uid
from infra.kubeconfig import KubeconfigError, self_contained
from infra.network.platform import Door
from tests.apiserver import Asked, self_signed, serving
from tests.engine import Engine

UID = "0b9ad7b6-6d1d-4a0e-9a35-0f0c6f7a6d11"
OTHER = "ffffffff-6d1d-4a0e-9a35-0f0c6f7a6d11"
SECRET = "made-up-token"
SLICES = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Dkubernetes"
OBJECTS: dict[str, dict[str, Any]] = {
    "/api/v1/namespaces/kube-system": {"metadata": {"name": "kube-system", "uid": UID}},
    "/api/v1/namespaces/default/services/kubernetes": {
        "metadata": {"name": "kubernetes"},
        "spec": {"clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1", "fd00::1"], "ports": [{"port": 443, "targetPort": 6443}]},
    },
    "/api/v1/services?labelSelector=app.kubernetes.io%2Fmanaged-by%21%3Dcityfabric": {
        "metadata": {},
        "items": [{"metadata": {"name": "web", "namespace": "a-b-prod"}}, {"metadata": {"name": "kubernetes"}}],
    },
    SLICES: {
        "metadata": {},
        "items": [
            {
                "addressType": "IPv4",
                "endpoints": [{"addresses": ["192.0.2.1"]}, {"addresses": ["192.0.2.2"]}],
                "ports": [{"name": "https", "port": 6443}],
            },
            {"addressType": "IPv6", "endpoints": [], "ports": None},
        ],
    },
}


def kubeconfig(folder: Path, **cluster: object) -> Path:
    (folder / "ca.crt").write_text("the CA")
    (folder / "client.key").write_text("the key")
    (folder / "token").write_text(f"{SECRET}\n")
    user = {"client-certificate-data": "Y2VydA==", "client-key": "client.key", "tokenFile": str(folder / "token")}
    entry = {"server": "https://10.0.0.1:6443", "certificate-authority": "ca.crt", **cluster}
    content = {
        "current-context": "mine",
        "contexts": [
            {"name": "other", "context": {"cluster": "other", "user": "other"}},
            {"name": "mine", "context": {"cluster": "mine", "user": "me", "namespace": "ignored"}},
        ],
        "clusters": [{"name": "other", "cluster": {"server": "https://x"}}, {"name": "mine", "cluster": entry}],
        "users": [{"name": "other", "user": {"token": "not mine"}}, {"name": "me", "user": user}],
    }
    file = folder / "config"
    file.write_text(yaml.safe_dump(content))
    return file


def test_content_stands_alone_and_holds_the_current_context_only(tmp_path: Path) -> None:
    content = self_contained(kubeconfig(tmp_path))
    assert [each["cluster"] for each in content["clusters"]] == [
        {"server": "https://10.0.0.1:6443", "certificate-authority-data": base64.b64encode(b"the CA").decode()}
    ]
    assert [each["user"] for each in content["users"]] == [
        {
            "client-certificate-data": "Y2VydA==",
            "client-key-data": base64.b64encode(b"the key").decode(),
            "token": SECRET,
        }
    ]
    assert "not mine" not in json.dumps(content)


def test_provider_is_explicit_and_keeps_the_identity(engine: Engine, tmp_path: Path) -> None:
    environment = {"KUBECONFIG": str(kubeconfig(tmp_path))}

    def program() -> None:
        connect(UID, environment=environment, read_uid=lambda _: UID)

    (provider,) = (each for each in engine.run(program).resources if each.type == "pulumi:providers:kubernetes")
    assert provider.name == "cluster"
    assert provider.inputs["clusterIdentifier"] == UID
    assert provider.inputs["enableServerSideApply"] == "true"
    assert json.loads(provider.inputs["kubeClientSettings"]) == {"qps": 1000, "burst": 2000}


def test_the_kubeconfig_is_a_secret(engine: Engine, tmp_path: Path) -> None:
    def program() -> None:
        connect(UID, environment={"KUBECONFIG": str(kubeconfig(tmp_path))}, read_uid=lambda _: UID)

    outcome = engine.run(program)
    (provider,) = (each for each in outcome.resources if each.type == "pulumi:providers:kubernetes")
    assert provider.secrets == {"kubeconfig"}


def test_another_cluster_is_refused_with_both_identities_and_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(pulumi.RunError) as refusal:
        connect(UID, environment={"KUBECONFIG": str(kubeconfig(tmp_path))}, read_uid=lambda _: OTHER)
    text = str(refusal.value)
    for part in (UID, OTHER, "https://10.0.0.1:6443", "export KUBECONFIG=", f"pulumi config set cityfabric:cluster {OTHER}"):
        assert part in text
    assert SECRET not in text


@pytest.mark.parametrize("value", [None, "", "one:two"])
def test_no_cluster_is_taken_by_default(value: str | None) -> None:
    environment = {} if value is None else {"KUBECONFIG": value}
    with pytest.raises(pulumi.RunError, match="export KUBECONFIG="):
        connect(UID, environment=environment, read_uid=lambda _: UID)


@pytest.mark.parametrize("cluster", [{"server": "http://10.0.0.1:8080"}, {"insecure-skip-tls-verify": True}])
def test_an_identity_that_cannot_be_verified_is_refused(tmp_path: Path, cluster: dict[str, Any]) -> None:
    with pytest.raises(KubeconfigError, match="cannot be verified"):
        self_contained(kubeconfig(tmp_path, **cluster))


@pytest.mark.parametrize("text", ["", "[1]", "current-context: mine", f"users: [{SECRET}", "current-context: a\ncontexts: []"])
def test_a_broken_kubeconfig_is_refused_without_quoting_it(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config"
    file.write_text(text)
    with pytest.raises(KubeconfigError, match="is no kubeconfig") as refusal:
        self_contained(file)
    assert SECRET not in str(refusal.value)


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(KubeconfigError, match="nowhere: No such file"):
        self_contained(tmp_path / "nowhere")
    file = kubeconfig(tmp_path)
    (tmp_path / "ca.crt").unlink()
    with pytest.raises(KubeconfigError, match=r"ca\.crt: No such file"):
        self_contained(file)


def api(asked: Asked) -> tuple[int, Mapping[str, Any]]:
    """Answer those who have the token."""
    if asked.token == SECRET and asked.path in OBJECTS:
        return 200, OBJECTS[asked.path]
    return 403, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "forbidden", "code": 403}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[dict[str, Any]]:
    certificate, key = self_signed()
    (tmp_path / "tls.crt").write_bytes(certificate)
    (tmp_path / "tls.key").write_bytes(key)
    with serving(tmp_path, api) as http:
        yield {
            "current-context": "cluster",
            "contexts": [{"name": "cluster", "context": {"cluster": "cluster", "user": "cluster"}}],
            "clusters": [
                {
                    "name": "cluster",
                    "cluster": {
                        "server": f"https://127.0.0.1:{http.port}",
                        "certificate-authority-data": base64.b64encode(certificate).decode(),
                    },
                }
            ],
            "users": [{"name": "cluster", "user": {"token": SECRET}}],
        }


def test_identity_is_read_over_verified_tls(server: dict[str, Any]) -> None:
    assert kube_system_uid(server) == UID


def test_a_certificate_of_another_authority_is_refused(server: dict[str, Any]) -> None:
    server["clusters"][0]["cluster"]["certificate-authority-data"] = base64.b64encode(self_signed()[0]).decode()
    with pytest.raises(pulumi.RunError, match="does not answer") as refusal:
        kube_system_uid(server)
    assert SECRET not in str(refusal.value)


def test_a_refused_credential_is_told_but_not_said(server: dict[str, Any]) -> None:
    server["users"][0]["user"]["token"] = "another-secret"
    with pytest.raises(pulumi.RunError, match="does not answer") as refusal:
        kube_system_uid(server)
    assert "forbidden" in str(refusal.value)
    assert "another-secret" not in str(refusal.value)


def test_doors_are_the_service_of_the_api_server_and_where_it_leads(server: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "own").write_text(yaml.safe_dump(server))
    assert doors({"KUBECONFIG": str(tmp_path / "own")}) == (
        Door(address="10.0.0.1", port=443),
        Door(address="192.0.2.1", port=6443),
        Door(address="192.0.2.2", port=6443),
        Door(address="fd00::1", port=443),
    )


def test_services_that_others_made_are_found_by_the_label_that_they_lack(server: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "own").write_text(yaml.safe_dump(server))
    assert foreign_services({"KUBECONFIG": str(tmp_path / "own")}) == {("a-b-prod", "web"), ("", "kubernetes")}


def test_a_cluster_that_does_not_tell_its_doors_is_told(server: dict[str, Any], tmp_path: Path) -> None:
    server["users"][0]["user"]["token"] = "another-secret"
    (tmp_path / "own").write_text(yaml.safe_dump(server))
    with pytest.raises(pulumi.RunError, match="does not answer") as refusal:
        doors({"KUBECONFIG": str(tmp_path / "own")})
    assert "another-secret" not in str(refusal.value)
