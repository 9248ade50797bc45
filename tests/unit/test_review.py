"""The access review: what the cluster has is held against what the data declares, and each kind of difference is a finding."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cityfabric.bound import Bound, Live, in_words
from cityfabric.review import Grant, review
from infra.model import labels
from infra.model.city import City
from infra.model.holder import expiry
from infra.tenancy.bindings import bindings
from infra.tenancy.roles import CATALOGUE, role_name
from tests.desk import Desk

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
OPERATOR = "operator: [group:east-education-operators]"
UNTIL = "operator: [group:east-education-operators, {subject: user:li.wei, until: 2026-12-31, reason: stands in}]"
PROD = "east-education-prod"
LAPSING = "cityfabric-operator-until-2026-12-31"


@pytest.fixture
def city(desk: Desk) -> City:
    """Return the tiny city with somebody who is an operator until a day."""
    desk.edit("districts/east.yaml", OPERATOR, UNTIL)
    city = desk.load().city
    assert city is not None
    return city


@pytest.fixture
def live(city: City) -> Live:
    """Return a cluster that has what the data declares, and what every cluster has."""
    return as_declared(city)


def as_declared(city: City) -> Live:
    namespaces, found = {"zone-data": {labels.PART: "zone"}, "cityfabric-platform": {labels.PART: "platform"}}, []
    for district in city.districts.values():
        for tenant, declared in district.tenants.items():
            for environment in declared.environments:
                name = labels.namespace_name(district.name, tenant, environment)
                namespaces[name] = {
                    labels.PART: "tenant",
                    labels.DISTRICT: district.name,
                    labels.TENANT: tenant,
                    labels.ENVIRONMENT: environment,
                }
                for each in bindings(declared, district.administrators, name, NOW.date()):
                    marks = {labels.TEMPORARY: "true"} if each.until else {}
                    notes = {labels.EXPIRES: expiry(each.until)} if each.until else {}
                    found.append(Bound(name, each.name, role_name(each.role), each.subjects, marks, notes))
    found.append(Bound("", "cityfabric-steward", "cityfabric-steward", ("serviceaccount:cityfabric-platform/steward",)))
    found.append(Bound("", "coredns", "coredns", ("serviceaccount:kube-system/coredns",)))
    defaults = {"kubernetes.io/bootstrapping": "rbac-defaults"}
    found.append(Bound("", "cluster-admin", "cluster-admin", ("group:system:masters",), defaults))
    found.append(Bound("", "system:basic-user", "system:basic-user", ("group:system:authenticated",), defaults))
    roles = {
        role_name(role): frozenset(
            (rule.group, each, verb) for rule in spec.rules for each in rule.resources for verb in rule.verbs
        )
        for role, spec in CATALOGUE.items()
    }
    return Live(namespaces, tuple(found), roles)


def changed(live: Live, name: str, **change: object) -> Live:
    """Return a cluster on which a binding in the namespace PROD was changed."""
    others = tuple(each for each in live.bindings if (each.namespace, each.name) != (PROD, name))
    (one,) = (each for each in live.bindings if (each.namespace, each.name) == (PROD, name))
    return replace(live, bindings=(*others, replace(one, **change)))  # type: ignore[arg-type]  # fields by name


def findings(live: Live, city: City, now: datetime = NOW) -> list[Grant]:
    return [each for each in review(live, city, now) if each.finding]


def test_what_is_as_declared_has_no_finding(live: Live, city: City) -> None:
    grants = review(live, city, NOW)
    assert [each for each in grants if each.finding] == []
    (lapsing,) = (each for each in grants if each.until and each.namespace == PROD)
    assert lapsing == Grant(
        "user:li.wei", "cityfabric-operator", "east", "education", "prod", PROD, "2026-12-31T23:59:59Z", LAPSING, "data"
    )
    assert {each.declared for each in grants} == {"data", "platform", "cluster"}
    assert not [each for each in grants if each.binding in {"cluster-admin", "system:basic-user"}], "the system's own"


def test_somebody_added_beside_a_declared_subject(live: Live, city: City) -> None:
    more = changed(live, "cityfabric-developer", subjects=("group:east-education-developers", "user:mallory"))
    (found,) = findings(more, city)
    assert (found.subject, found.finding, found.declared) == ("user:mallory", "not declared in the data", "")


def test_a_binding_of_another_name_or_to_another_role(live: Live, city: City) -> None:
    extra = Bound(PROD, "mine", "admin", ("group:east-education-developers",))
    (found,) = findings(replace(live, bindings=(*live.bindings, extra)), city)
    assert (found.role, found.tenant, found.finding) == ("admin", "education", "not declared in the data")
    swapped = changed(live, "cityfabric-developer", role="cluster-admin")
    assert {each.finding for each in findings(swapped, city)} == {"not declared in the data"}


@pytest.mark.parametrize("namespace", ["zone-data", "cityfabric-platform"])
def test_nobody_is_bound_in_the_platforms_own_namespaces(live: Live, city: City, namespace: str) -> None:
    extra = Bound(namespace, "mine", f"{namespace}/own", ("group:x",))
    (found,) = findings(replace(live, bindings=(*live.bindings, extra)), city)
    assert (found.namespace, found.finding) == (namespace, "not declared in the data")


def test_a_binding_that_is_gone(live: Live, city: City) -> None:
    fewer = tuple(each for each in live.bindings if (each.namespace, each.name) != (PROD, "cityfabric-auditor"))
    (found,) = findings(replace(live, bindings=fewer), city)
    assert (found.subject, found.role, found.tenant) == ("group:east-auditors", "cityfabric-auditor", "education")
    assert found.finding == "declared, and not on the cluster; run: cityfabric up"


def test_a_lapsed_binding_that_is_still_there(live: Live, city: City) -> None:
    later = datetime(2027, 1, 1, tzinfo=UTC)
    found = findings(live, city, later)
    assert {each.namespace for each in found} == {PROD, "east-education-test"}
    assert {each.finding for each in found} == {"lapsed, and still there: the steward does not do its work"}


def test_a_lapsed_binding_that_is_gone_is_as_it_should_be(live: Live, city: City) -> None:
    fewer = replace(live, bindings=tuple(each for each in live.bindings if each.name != LAPSING))
    assert findings(fewer, city, datetime(2027, 1, 1, tzinfo=UTC)) == []


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"annotations": {labels.EXPIRES: "2099-12-31T23:59:59Z"}}, "the data says until 2026-12-31"),
        ({"annotations": {}}, "the data says until 2026-12-31"),
        ({"annotations": {labels.EXPIRES: "tomorrow"}}, "lapsed, and still there: the steward does not do its work"),
        ({"labels": {}}, "will not lapse: the label cityfabric.io/temporary was taken away"),
    ],
)
def test_an_expiry_that_was_tampered_with(live: Live, city: City, change: dict[str, object], finding: str) -> None:
    (found,) = findings(changed(live, LAPSING, **change), city)
    assert found.finding == finding


def test_an_expiry_where_none_is_declared(live: Live, city: City) -> None:
    notes = {labels.EXPIRES: "2099-12-31T23:59:59Z"}
    (found,) = findings(changed(live, "cityfabric-developer", annotations=notes), city)
    assert found.finding == "the data says until further notice"


def test_a_role_that_was_widened(live: Live, city: City) -> None:
    roles = {**live.roles, "cityfabric-auditor": live.roles["cityfabric-auditor"] | {("", "secrets", "get")}}
    found = findings(replace(live, roles=roles), city)
    assert {each.role for each in found} == {"cityfabric-auditor"}
    assert {each.finding for each in found} == {"the role on the cluster is not that of the catalogue"}


@pytest.mark.parametrize(
    ("subject", "marks"),
    [
        ("group:backdoor", {}),
        ("user:mallory", {}),
        ("group:east-administrators", {}),
        ("group:backdoor", {"kubernetes.io/bootstrapping": "rbac-defaults"}),  # beside system:masters, or a forged label
        ("group:system:authenticated", {}),
        ("group:system:serviceaccounts", {}),
        (f"group:system:serviceaccounts:{PROD}", {}),
        (f"serviceaccount:{PROD}/deployer", {}),
    ],
)
def test_a_cluster_wide_right_of_people_or_tenants(live: Live, city: City, subject: str, marks: dict[str, str]) -> None:
    extra = Bound("", "somehow", "view", (subject,), marks)
    (found,) = findings(replace(live, bindings=(*live.bindings, extra)), city)
    assert (found.subject, found.namespace, found.declared) == (subject, "", "")
    assert found.finding.startswith("reaches into every tenant")


def test_the_platform_team_is_declared_in_the_city_file(live: Live, desk: Desk) -> None:
    desk.edit("city.yaml", "registry:", "administrators: ['group:idp:Platform_Admins']\nregistry:")
    loaded = desk.load()
    assert not loaded.problems
    assert loaded.city is not None
    extra = Bound("", "admins", "cluster-admin", ("group:idp:Platform_Admins",))
    grants = review(replace(live, bindings=(*live.bindings, extra)), loaded.city, NOW)
    assert [each for each in grants if each.finding] == []
    assert [each.declared for each in grants if each.binding == "admins"] == ["data"]


def test_rights_are_put_together_in_words() -> None:
    rules = frozenset(
        {("", "pods", "get"), ("", "pods", "list"), ("apps", "deployments", "get"), ("apps", "deployments", "list")}
    )
    assert in_words(rules) == [{"verbs": ["get", "list"], "resources": ["pods", "deployments.apps"]}]
