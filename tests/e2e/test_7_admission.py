"""The same text says the same at the plan and in the cluster: every example of every rule goes to a real API server, by dry run.

The policies only warn here. So one request tells what every rule says, none hides another, and the city's own guards may stay.
"""

import copy
import http.client
import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest

from policies.admission import documents, params
from policies.kinds import CLUSTER_WIDE, KINDS
from policies.load import Tried
from policies.terms import Operation, Point, Who
from tests.people import Office, Person
from tests.policies.analyzer import RUN, catalogue, refused, told
from tests.town import good

pytestmark = pytest.mark.e2e

TRIAL = "rules-trial"
HOME = "rules-trial-prod"
DEPARTMENTS = "east-education-prod"  # as the examples have it; there, other admission would answer first
RULES = {key: rule for key, rule in catalogue().rules.items() if Point.ADMISSION in rule.points}
TRIED = [each for each in catalogue().examples if Point.ADMISSION in each.example.expect]
BOTH = [each for each in TRIED if Point.PLAN in each.example.expect and each.example.who is Who.DEPARTMENT]
# What these say at one point alone is another matter; none of it is about the text.
ALONE = frozenset(key for key, rule in RULES.items() if any(check.points for check in rule.checks))


@dataclass(frozen=True)
class Answer:
    """What the API server says of a request."""

    status: int
    message: str
    rules: frozenset[str]
    """The rules that would refuse it."""
    warnings: tuple[str, ...]


def named(each: Tried) -> str:
    return f"{each.rule}-{each.sort}-{each.name}"


def at_home(each: Tried) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Return the object of an example and the one before it, moved to where only our rules look."""
    pair = copy.deepcopy((each.example.object, each.example.old))
    if each.example.object["kind"] == "Namespace":
        return pair
    moved: tuple[dict[str, Any], dict[str, Any] | None] = tuple(json.loads(json.dumps(pair).replace(DEPARTMENTS, HOME)))
    return moved


def over(made: Any, data: Any) -> Any:  # noqa: ANN401 - plain data
    """Return what was made with the changes of an example: what the API server added has to stay."""
    if isinstance(made, dict) and isinstance(data, dict):
        return {key: over(made.get(key), data[key]) if key in data else made[key] for key in {**made, **data}}
    return data


def path(data: Mapping[str, Any], subresource: str = "", *, one: bool = False) -> str:
    """Return where an object is sent to."""
    version, kind, metadata = data["apiVersion"], data["kind"], data["metadata"]
    group = version.rpartition("/")[0]
    root = f"/apis/{version}" if group else f"/api/{version}"
    where = "" if kind in CLUSTER_WIDE else f"/namespaces/{metadata['namespace']}"
    resource = KINDS[f"{group}/{kind}" if group else kind][1]
    item = f"/{metadata['name']}" if one or subresource else ""
    return f"{root}{where}/{resource}{item}{f'/{subresource}' if subresource else ''}"


def ask(person: Person, method: str, where: str, document: Mapping[str, Any] | None, *, dry: bool = True) -> Answer:
    """Make a request, and return what the rules say of it."""
    connection = http.client.HTTPSConnection(urlsplit(person.url).netloc, context=person.context, timeout=30)
    try:
        body = json.dumps(document) if document else None
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        connection.request(method, f"{where}{'?dryRun=All' if dry else ''}", body, headers)
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        warnings = tuple(value for key, value in answer.getheaders() if key.lower() == "warning")
    finally:
        connection.close()
    ids = {found.upper() for value in warnings for found in re.findall(r"Policy 'cityfabric-rule-([a-z]+-[0-9]+)'", value)}
    message = str(json.loads(text).get("message", "")) if text.startswith("{") else text
    return Answer(answer.status, message, frozenset(ids), warnings)


@dataclass(frozen=True)
class Court:
    """Where examples are sent to."""

    department: Person
    platform: Person

    def says(self, each: Tried) -> Answer:
        """Return what the API server says of an example."""
        person = self.platform if each.example.who is Who.PLATFORM else self.department
        data, old = at_home(each)
        if each.example.operation is not Operation.UPDATE or old is None:
            return ask(person, "POST", path(data), data)
        made: dict[str, Any] = {}
        if data["kind"] != "Namespace":
            made = self.platform.api().good("POST", path(old), old)
            del made["metadata"]["resourceVersion"]  # the cluster itself may change it meanwhile
        try:
            return ask(person, "PUT", path(data, each.example.subresource, one=True), over(made, data))
        finally:
            if data["kind"] != "Namespace":
                ask(self.platform, "DELETE", f"{path(old, one=True)}", {"gracePeriodSeconds": 0}, dry=False)


def rights() -> list[dict[str, Any]]:
    """Return a role that may do everything but change the rules, since who may that is the platform, and its binding."""
    groups = sorted({key.rpartition("/")[0] for key in KINDS} - {"admissionregistration.k8s.io"})
    base = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": TRIAL}}
    ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": TRIAL}
    subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": TRIAL}
    return [
        {**base, "kind": "ClusterRole", "rules": [{"apiGroups": groups, "resources": ["*"], "verbs": ["*"]}]},
        {**base, "kind": "ClusterRoleBinding", "roleRef": ref, "subjects": [subject]},
    ]


def furniture() -> list[dict[str, Any]]:
    """Return all that the trial needs in the cluster."""
    values = params(RUN.params)
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": HOME}}
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "portal", "namespace": HOME}}
    return [namespace, account, *rights(), values, *documents(RULES.values(), ("Warn",))]


@pytest.fixture(scope="module")
def court(office: Office) -> Iterator[Court]:
    town = office.town
    things = furniture()
    good(town.kubectl("apply", "-f", "-", document={"apiVersion": "v1", "kind": "List", "items": things}))
    found = Court(office.person("rules", f"group:{TRIAL}", ()), office.platform)
    awaited = {each.rule: each for each in BOTH if each.sort == "disallowed" and each.example.operation is Operation.CREATE}
    until = time.monotonic() + 60
    while time.monotonic() < until and any(rule not in found.says(each).rules for rule, each in awaited.items()):
        time.sleep(1)
    yield found
    good(town.kubectl("delete", "--wait=false", "-f", "-", document={"apiVersion": "v1", "kind": "List", "items": things[::-1]}))


@pytest.mark.parametrize("each", TRIED, ids=named)
def test_an_example_gets_the_verdict_that_it_expects(court: Court, each: Tried) -> None:
    answer = court.says(each)
    taken = answer.status not in {400, 404, 415, 422} or each.rule in answer.rules
    assert taken, f"the API server does not take it as an object: {answer.message}"
    assert (each.rule in answer.rules) == (each.example.expect[Point.ADMISSION] == "refused"), answer


@pytest.mark.parametrize("each", BOTH, ids=named)
def test_plan_and_admission_agree_on_every_rule(court: Court, each: Tried) -> None:
    messages, asked = told(each.example), frozenset(RULES) - ALONE
    assert {key for key in asked if refused(key, messages)} == court.says(each).rules & asked
