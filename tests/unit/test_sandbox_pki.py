"""Certificates of the sandbox: of its own authorities, for what each holder does and no more, made anew in time."""

import datetime as dt
import ssl
import stat
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sandbox.cluster import kubeconfig, pki
from sandbox.cluster.instance import Instance

SERVERS = {"apiserver", "kubelet", "etcd-server"}
LEAVES = sorted(pki.leaves(Instance("any", 0)))


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Instance:
    """Return an instance whose certificates are made."""
    monkeypatch.setenv("CITYFABRIC_STATE", str(tmp_path))
    made = Instance("made", 3)
    assert pki.ensure(made)
    return made


def certificate(instance: Instance, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((instance.pki / f"{name}.crt").read_bytes())


def contents(instance: Instance) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in instance.pki.iterdir()}


def shake_hands(instance: Instance, server: str, client: str, name: str, *, authority: str = "kubernetes") -> None:
    """Let a server and a client check each other's certificates as TLS does."""
    folder, authorities = instance.pki, str(instance.pki / f"{authority}-ca.crt")
    listening, calling = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    listening.verify_mode = ssl.CERT_REQUIRED
    for context, holder in ((listening, server), (calling, client)):
        context.load_verify_locations(authorities)
        context.load_cert_chain(folder / f"{holder}.crt", folder / f"{holder}.key")
    one, other = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [listening.wrap_bio(one, other, server_side=True), calling.wrap_bio(other, one, server_hostname=name)]
    for _ in range(4):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    ends[1].write(b"x")
    assert ends[0].read(1) == b"x"


@pytest.mark.parametrize(
    "name",
    ["10.77.3.2", "10.79.12.1", "127.0.0.1", "localhost", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"],
)
def test_the_api_server_and_its_clients_know_each_other(instance: Instance, name: str) -> None:
    shake_hands(instance, "apiserver", "platform-engineer", name)


def test_etcd_and_the_kubelet_are_known_to_the_api_server(instance: Instance) -> None:
    shake_hands(instance, "etcd-server", "apiserver-etcd-client", "127.0.0.1", authority="etcd")
    shake_hands(instance, "kubelet", "apiserver-kubelet-client", instance.node_address)


@pytest.mark.parametrize(
    ("client", "name"),
    [("platform-engineer", "10.77.4.2"), ("front-proxy-client", "127.0.0.1"), ("apiserver-etcd-client", "127.0.0.1")],
)
def test_another_address_or_authority_is_refused(instance: Instance, client: str, name: str) -> None:
    with pytest.raises(ssl.SSLError):
        shake_hands(instance, "apiserver", client, name)


def test_a_client_cannot_pretend_to_be_a_server(instance: Instance) -> None:
    with pytest.raises(ssl.SSLError):
        shake_hands(instance, "scheduler", "platform-engineer", "localhost")


@pytest.mark.parametrize("name", LEAVES)
def test_each_certificate_is_for_its_holders_purpose_alone(instance: Instance, name: str) -> None:
    found, wanted = certificate(instance, name), pki.leaves(instance)[name]
    found.verify_directly_issued_by(certificate(instance, f"{wanted.authority}-ca"))
    purposes = set(found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    assert ExtendedKeyUsageOID.CLIENT_AUTH in purposes
    assert (ExtendedKeyUsageOID.SERVER_AUTH in purposes) == (name in SERVERS)
    assert not found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert not found.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    assert dt.timedelta(days=300) < found.not_valid_after_utc - dt.datetime.now(dt.UTC) < dt.timedelta(days=400)


def test_only_the_bootstrap_certificate_is_above_the_rules(instance: Instance) -> None:
    groups = {
        name: [each.value for each in certificate(instance, name).subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]
        for name in LEAVES
    }
    assert [name for name, found in groups.items() if "system:masters" in found] == ["bootstrap"]
    assert groups["platform-engineer"] == [pki.PLATFORM_GROUP]


def test_authorities_sign_leaves_only(instance: Instance) -> None:
    authorities = [certificate(instance, f"{name}-ca") for name in ("kubernetes", "etcd", "front-proxy")]
    assert len({found.subject for found in authorities}) == 3
    for found in authorities:
        constraints = found.extensions.get_extension_for_class(x509.BasicConstraints)
        assert constraints.critical
        assert constraints.value.ca
        assert constraints.value.path_length == 0


def test_keys_are_the_owners_alone(instance: Instance) -> None:
    assert stat.S_IMODE(instance.pki.stat().st_mode) == 0o700
    keys = list(instance.pki.glob("*.key"))
    assert len(keys) == len(LEAVES) + 3 + 1
    assert {stat.S_IMODE(key.stat().st_mode) for key in keys} == {0o600}


def test_what_is_good_is_left_alone(instance: Instance) -> None:
    before = contents(instance)
    assert not pki.ensure(instance)
    assert contents(instance) == before


@pytest.mark.parametrize(("days", "renewed"), [(29, True), (31, False)])
def test_what_runs_out_within_thirty_days_is_made_anew(
    instance: Instance,
    monkeypatch: pytest.MonkeyPatch,
    days: int,
    renewed: bool,  # noqa: FBT001 - a test's parameter
) -> None:
    (instance.pki / "proxy.crt").unlink()
    with monkeypatch.context() as patch:
        patch.setattr("sandbox.cluster.pki._LEAF_DAYS", days)
        pki.ensure(instance)
    before = contents(instance)
    assert pki.ensure(instance) == renewed
    changed = {name for name, data in contents(instance).items() if data != before[name]}
    assert changed == ({"proxy.crt", "proxy.key"} if renewed else set())


@pytest.mark.parametrize("name", [f"{stem}.{kind}" for stem in ("proxy", "kubernetes-ca", "etcd-ca") for kind in ("key", "crt")])
@pytest.mark.parametrize("left", [None, b"", b"-----BEGIN"])
def test_what_a_killed_up_left_is_made_anew_and_fits_together(instance: Instance, name: str, left: bytes | None) -> None:
    path = instance.pki / name
    path.unlink() if left is None else path.write_bytes(left)
    assert pki.ensure(instance)
    shake_hands(instance, "apiserver", "proxy", "localhost")
    shake_hands(instance, "etcd-server", "apiserver-etcd-client", "localhost", authority="etcd")
    assert not pki.ensure(instance)


def test_a_new_authority_makes_its_leaves_new_and_no_others(instance: Instance) -> None:
    before = contents(instance)
    (instance.pki / "etcd-ca.crt").unlink()
    pki.ensure(instance)
    changed = {name.rpartition(".")[0] for name, data in contents(instance).items() if data != before.get(name)}
    assert changed == {"etcd-ca", "etcd-server", "apiserver-etcd-client"}


def test_a_kubeconfig_holds_its_holders_key_and_no_other(instance: Instance) -> None:
    instance.config.mkdir()
    kubeconfig.write_all(instance)
    files = [*instance.config.glob("*.kubeconfig"), instance.kubeconfig]
    keys = {path: yaml.safe_load(path.read_text())["users"][0]["user"]["client-key-data"] for path in files}
    assert len(files) == len(set(keys.values())) == 7
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    for path in files:
        text = path.read_text()
        assert "insecure" not in text
        document = yaml.safe_load(text)
        assert document["clusters"][0]["cluster"]["server"] == instance.api_url
        assert "certificate-authority-data" in document["clusters"][0]["cluster"]
        assert not any(other in text for holder, other in keys.items() if holder != path)
        (context,) = document["contexts"]
        assert (context["name"], context["context"]["user"]) == (document["current-context"], document["users"][0]["name"])


def test_the_key_of_service_accounts_is_no_certificates(instance: Instance) -> None:
    key = serialization.load_pem_private_key((instance.pki / "service-accounts.key").read_bytes(), None).public_key()
    assert all(certificate(instance, name).public_key() != key for name in LEAVES)
