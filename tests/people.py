"""Everybody whom the tiny city knows, with an identity that really has the role: what the tests of access share.

People get a certificate from the sandbox's authority for the group that the data names; the pipeline gets a token of its service
account from the API server. Who has which role where is taken from the data and from the catalogue.
"""

import base64
import http.client
import json
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from infra.model import labels
from infra.model.city import City
from infra.model.load import load_city
from infra.model.tenant import Role
from infra.tenancy.bindings import bindings
from infra.tenancy.roles import CATALOGUE
from sandbox.cluster.instance import Instance, open_instance
from tests.town import ROOT, Town

Rights = frozenset[tuple[str, str, str]]
"""Resource by resource: API group, resource with subresource, verb."""
_TIMEOUT: Final = 30


class Api:
    """One connection to the API server that is kept open; it belongs to one thread."""

    def __init__(self, url: str, context: ssl.SSLContext, token: str = "") -> None:
        self._host = urlsplit(url).netloc
        self._context = context
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._connection = self._connect()

    def _connect(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(self._host, context=self._context, timeout=_TIMEOUT)

    def ask(
        self, method: str, path: str, document: Mapping[str, Any] | None = None, kind: str = "application/json"
    ) -> tuple[int, dict[str, Any]]:
        """Make a request, and return the status and the document of the answer; what is no document is under `text`."""
        body = None if document is None else json.dumps(document)
        headers = {**self._headers, "Content-Type": kind, "Accept": "application/json"}
        try:
            status, text = self._made(method, path, body, headers)
        except (http.client.HTTPException, OSError):
            self._connection.close()  # the server has ended it, or was restarted
            status, text = self._made(method, path, body, headers)
        try:
            found = json.loads(text)
        except ValueError:
            found = {"text": text.decode("utf-8", "replace")}
        return status, found

    def _made(self, method: str, path: str, body: str | None, headers: Mapping[str, str]) -> tuple[int, bytes]:
        self._connection.request(method, path, body, dict(headers))
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def close(self) -> None:
        """Close it."""
        self._connection.close()

    def begins(self, path: str) -> int:
        """Begin a request whose answer does not end by itself, and return its status."""
        self._connection.request("GET", path, headers=self._headers)
        status = self._connection.getresponse().status
        self._connection.close()
        self._connection = self._connect()
        return status

    def good(self, method: str, path: str, document: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Make a request that has to be granted."""
        status, found = self.ask(method, path, document)
        assert status < 300, f"{method} {path}: {status} {found.get('message', '')}"
        return found


@dataclass(frozen=True)
class Person:
    """Somebody with one role of the catalogue, or a service account."""

    role: str
    subject: str
    """As the data has it: `group:NAME`, or `serviceaccount:NAMESPACE/NAME`."""
    homes: tuple[str, ...]
    """The namespaces in which it has the role; the first is where all the roles that are tried together are at home."""
    url: str
    context: ssl.SSLContext
    token: str = ""
    kubeconfig: Path | None = None
    connections: dict[int, Api] = field(default_factory=dict)
    """By thread."""

    def api(self) -> Api:
        """Return this identity's own connection, one for each thread."""
        return self.connections.setdefault(threading.get_ident(), Api(self.url, self.context, self.token))

    @property
    def rights(self) -> Rights:
        """What the catalogue declares."""
        return frozenset(
            (rule.group, each, verb) for rule in CATALOGUE[self.role].rules for each in rule.resources for verb in rule.verbs
        )


class Office:
    """Gives out identities of a town's cluster."""

    def __init__(self, town: Town, folder: Path) -> None:
        self.town = town
        self._folder = folder
        self._known: list[Person] = []
        self._config = yaml.safe_load(Path(town.shell()["KUBECONFIG"]).read_text("utf-8"))
        self.url = str(self._config["clusters"][0]["cluster"]["server"])
        self._authority = base64.b64decode(self._config["clusters"][0]["cluster"]["certificate-authority-data"])
        user = self._config["users"][0]["user"]
        pair = [base64.b64decode(user[f"client-{part}-data"]) for part in ("certificate", "key")]
        self.platform = self._noted(Person("platform", "user:platform-engineer", (), self.url, self._context("platform", *pair)))

    def close(self) -> None:
        """Close everybody's connections."""
        for person in self._known:
            for api in person.connections.values():
                api.close()

    def _noted(self, person: Person) -> Person:
        self._known.append(person)
        return person

    def person(self, role: str, subject: str, homes: tuple[str, ...]) -> Person:
        """Return somebody who is known by a certificate: of that name, or of some name and that group."""
        kind, name = subject.split(":", 1)
        common, group = (f"somebody-of-{role}", name) if kind == "group" else (name, "")
        pair = _certificate(open_instance(self.town.instance), common, group)
        context = self._context(f"{role}-{name}", *pair)
        kubeconfig = self._folder / f"{role}-{name}.kubeconfig"
        names = dict(
            zip(("client-certificate-data", "client-key-data"), (base64.b64encode(each).decode() for each in pair), strict=True)
        )
        kubeconfig.write_text(yaml.safe_dump({**self._config, "users": [{**self._config["users"][0], "user": names}]}), "utf-8")
        return self._noted(Person(role, subject, homes, self.url, context, kubeconfig=kubeconfig))

    def account(self, role: str, namespace: str, name: str) -> Person:
        """Return a service account, by a token that the API server gives for it."""
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"
        request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3600}}
        token = self.platform.api().good("POST", path, request)["status"]["token"]
        context = ssl.create_default_context(cadata=self._authority.decode())
        return self._noted(Person(role, f"serviceaccount:{namespace}/{name}", (namespace,), self.url, context, token))

    def everybody(self) -> dict[str, Person]:
        """Return one person for each role of the catalogue, by role, of the first tenant that gives all roles to people."""
        city = the_city()
        district, tenant = next(
            (name, each)
            for name, declared in city.districts.items()
            for each, one in declared.tenants.items()
            if set(one.roles) == set(Role)
        )
        found: dict[str, Person] = {}
        held = holdings(city)
        home = min(namespace for namespace in held if namespace.startswith(f"{district}-{tenant}-"))
        for role, subjects in held[home].items():
            subject = subjects[0]
            homes = (home, *sorted(name for name, roles in held.items() if name != home and subject in roles.get(role, ())))
            kind, account = subject.split(":", 1)
            found[role] = (
                self.account(role, *account.split("/")) if kind == "serviceaccount" else self.person(role, subject, homes)
            )
        assert set(found) == set(CATALOGUE)
        return found

    def _context(self, name: str, certificate: bytes, key: bytes) -> ssl.SSLContext:
        file = self._folder / f"{name}.pem"
        file.touch(mode=0o600)
        file.write_bytes(certificate + key)
        context = ssl.create_default_context(cadata=self._authority.decode())
        context.load_cert_chain(file)
        return context


def the_city() -> City:
    """Return the tiny city."""
    city = load_city(ROOT / "stacks" / "tiny").city
    assert city is not None
    return city


def holdings(city: City) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return who has which role, by namespace of a tenant."""
    return {
        (full := labels.namespace_name(name, tenant, environment)): {
            each.role: each.subjects for each in bindings(declared, district.administrators, full, date.min)
        }
        for name, district in city.districts.items()
        for tenant, declared in district.tenants.items()
        for environment in declared.environments
    }


def _certificate(instance: Instance, common_name: str, group: str) -> tuple[bytes, bytes]:
    """Return a client certificate of the instance's authority, and its key."""
    authority = x509.load_pem_x509_certificate((instance.pki / "kubernetes-ca.crt").read_bytes())
    signer = serialization.load_pem_private_key((instance.pki / "kubernetes-ca.key").read_bytes(), None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group)] if group else []
    certificate = (
        x509.CertificateBuilder(authority.subject, x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common_name)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=6))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(signer, hashes.SHA256())
    )
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return certificate.public_bytes(serialization.Encoding.PEM), key.private_bytes(serialization.Encoding.PEM, *plain)
