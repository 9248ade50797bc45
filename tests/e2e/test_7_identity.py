"""Who can do what: the catalogue, held against what the API server says to each identity and does for it.

Each role is had for real: people by a certificate with the group that the data names, the pipeline by a token of its service
account. What resources and verbs there are is the API server's own answer; what each role may do is the catalogue's.
"""

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import pytest

from infra.model import labels
from infra.tenancy.roles import CATALOGUE
from tests.people import Api, Office, Person, Rights, holdings, the_city
from tests.samples import KINDS, SAMPLE, path, sample, version
from tests.served import METHODS, Resource, discover
from tests.town import good

pytestmark = pytest.mark.e2e

THREADS = 4
# What the authorizer is asked beside the verbs of requests: each hands rights on, or stands for all verbs.
SPECIAL = ("approve", "attest", "bind", "escalate", "impersonate", "proxy", "sign", "use", "*")
# What can be impersonated or reviewed is no resource of its own.
VIRTUAL = [("", "groups"), ("", "users"), ("authentication.k8s.io", "uids"), ("authentication.k8s.io", "userextras"), ("*", "*")]
URLS = ("/metrics", "/logs", "/debug/pprof/", "/configz", "*")
REVIEW = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
ROLES = sorted(CATALOGUE)


@pytest.fixture(scope="module")
def served(office: Office) -> list[Resource]:
    """Return what the API server serves."""
    return discover(office.platform.api())


def places(person: Person) -> dict[str, str]:
    """Return a namespace of each sort that there is for somebody, and whether it is a home, by name of the sort."""
    foreign = sorted(set(holdings(the_city())) - set(person.homes))
    return {
        "home": person.homes[0],
        "another tenant": foreign[0],
        "another zone's tenant": foreign[-1],
        "the platform's namespace of a zone": labels.zone_namespace(next(iter(the_city().zones.zones))),
        "the platform's own": labels.PLATFORM_NAMESPACE,
        "kube-system": "kube-system",
        "cluster-wide": "",
    }


def given_to_all(api: Api, person: Person) -> Rights:
    """Return what Kubernetes' own bindings give to everybody who is known, cluster-wide."""
    groups = {"system:authenticated"} | ({"system:serviceaccounts"} if person.token else set())
    rbac, found = "/apis/rbac.authorization.k8s.io/v1", set()
    for binding in api.good("GET", f"{rbac}/clusterrolebindings?labelSelector=kubernetes.io/bootstrapping=rbac-defaults")[
        "items"
    ]:
        if groups & {subject["name"] for subject in binding.get("subjects", ()) if subject["kind"] == "Group"}:
            role = api.good("GET", f"{rbac}/clusterroles/{binding['roleRef']['name']}")
            for rule in role["rules"]:
                found |= set(product(rule.get("apiGroups", ()), rule.get("resources", ()), rule["verbs"]))
    return frozenset(found)


def questions(served: list[Resource], place: str = "home") -> list[tuple[str, str, str]]:
    """Return every resource with every verb: whether the resource knows the verb is for the API server to say.

    What is no verb of requests is asked at home and cluster-wide: it is given by the same bindings as the others.
    """
    resources = {(each.group, each.name) for each in served} | set(VIRTUAL)
    verbs = {verb for each in served for verb in each.verbs} | set(METHODS)
    verbs |= set(SPECIAL) if place in {"home", "cluster-wide"} else {"*"}
    return sorted((group, resource, verb) for (group, resource), verb in product(resources, verbs))


def may(api: Api, namespace: str, group: str, resource: str, verb: str) -> bool:
    """Ask the API server, by the identity's own connection, whether it would do that for it."""
    name, _, sub = resource.partition("/")
    attributes = {"namespace": namespace, "group": group, "resource": name, "subresource": sub, "verb": verb}
    document = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    return bool(api.good("POST", REVIEW, document)["status"]["allowed"])


def allowed(person: Person, namespace: str, asked: list[tuple[str, str, str]]) -> Rights:
    """Return what of the questions the API server allows there."""

    def some(part: int) -> set[tuple[str, str, str]]:
        api = person.api()
        return {each for each in asked[part::THREADS] if may(api, namespace, *each)}

    with ThreadPoolExecutor(THREADS) as pool:
        return frozenset().union(*pool.map(some, range(THREADS)))


@pytest.mark.parametrize("role", ROLES)
def test_every_verb_on_every_resource_everywhere(
    office: Office, everybody: dict[str, Person], served: list[Resource], role: str
) -> None:
    person, asked = everybody[role], questions(served)
    to_all = given_to_all(office.platform.api(), person)
    assert {verb for _, _, verb in to_all} <= {"create", "get", "list", "watch"}
    assert {resource for _, resource, verb in to_all if verb == "create"} <= {
        "selfsubjectaccessreviews",
        "selfsubjectreviews",
        "selfsubjectrulesreviews",
    }
    assert person.rights <= set(asked), "the catalogue names what no API server serves"
    found = {place: allowed(person, namespace, questions(served, place)) for place, namespace in places(person).items()}
    declared = {place: to_all | (person.rights if place == "home" else frozenset()) for place in found}
    assert {
        place: (each - declared[place], declared[place] - each) for place, each in found.items() if each != declared[place]
    } == {}
    assert len(asked) > 2000
    assert len(found["home"]) > 40


@pytest.mark.parametrize("role", ROLES)
def test_no_role_reads_what_the_api_server_says_of_itself(everybody: dict[str, Person], role: str) -> None:
    api = everybody[role].api()
    assert [url for url in URLS if url != "*" and api.ask("GET", url)[0] != 403] == []


def is_refused(answer: tuple[int, dict[str, object]]) -> bool:
    """Say whether RBAC refused a request, which admission would do in other words."""
    status, found = answer
    return status == 403 and " cannot " in str(found.get("message"))


def beyond(person: Person, served: list[Resource], to_all: Rights) -> Iterator[tuple[str, str, Resource, str]]:
    """Yield the requests that are to be refused: at home what the catalogue does not declare, elsewhere what it does, too."""
    for (place, namespace), each in product(places(person).items(), served):
        for verb in sorted(each.verbs & set(METHODS)):
            right = (each.group, each.name, verb)
            if right in to_all or (right in person.rights) == (place == "home"):
                continue
            if namespace or not each.namespaced or verb in {"list", "watch"}:
                yield place, namespace, each, verb


@pytest.mark.parametrize("role", ROLES)
def test_requests_beyond_the_catalogue_are_refused(
    office: Office, everybody: dict[str, Person], served: list[Resource], role: str
) -> None:
    person, tried, passed = everybody[role], 0, []
    api, to_all = person.api(), given_to_all(office.platform.api(), person)
    for place, namespace, each, verb in beyond(person, served, to_all):
        tried += 1
        body: dict[str, object] | None = {} if METHODS[verb] in {"POST", "PUT", "PATCH"} else None
        answer = api.ask(METHODS[verb], each.path(namespace, verb), body)
        if not is_refused(answer):
            passed.append((place, verb, each.name, answer[0]))
    assert passed == []
    assert tried > 500


@pytest.fixture(scope="module")
def workshop(office: Office, everybody: dict[str, Person]) -> Iterator[str]:
    """Return the home of all roles with one object of each kind in it, the pod running."""
    (home,) = {person.homes[0] for person in everybody.values()}
    api = office.platform.api()
    for group, resource in sorted(KINDS):
        api.good("POST", path(group, resource, home), sample(group, resource))
    good(office.town.kubectl(f"--namespace={home}", "wait", "--for=condition=Ready", f"pod/{SAMPLE}", "--timeout=60s"))
    yield home
    for group, resource in sorted(KINDS):
        api.good("DELETE", path(group, resource, home, SAMPLE), {"gracePeriodSeconds": 0, "propagationPolicy": "Background"})


def granted(api: Api, platform: Api, each: Resource, verb: str, home: str) -> tuple[int, object]:
    """Make a request that the catalogue declares, as it is made in earnest, and return the status and what was said."""
    resource, _, sub = each.name.partition("/")
    named = SAMPLE if sub or (each.group, resource) in KINDS else some_name(platform, each, home)
    target = each.path(home, verb, named)
    if verb == "watch":
        return api.begins(target), ""
    if sub == "eviction":
        body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": SAMPLE, "namespace": home}}
        return said(api.ask("POST", target, body))
    if verb == "create":
        return said(api.ask("POST", target, sample(each.group, resource, "fresh")))
    if verb == "update":
        return changed(api, platform, target, each.path(home, "get", SAMPLE))
    if verb == "patch":
        return said(api.ask("PATCH", target, {"metadata": {"labels": {"patched": "yes"}}}, "application/merge-patch+json"))
    return said(api.ask(METHODS[verb], target))


def changed(api: Api, platform: Api, target: str, path: str) -> tuple[int, object]:
    """Write an object back as it is; if the cluster changed it meanwhile, once more."""
    for _ in range(5):
        answer = said(api.ask("PUT", target, platform.good("GET", path)))
        if answer[0] != 409:
            break
    return answer


def some_name(platform: Api, each: Resource, home: str) -> str:
    """Return the name of an object of that kind; of some kinds there may be none."""
    items = platform.good("GET", each.path(home, "list"))["items"]
    return items[0]["metadata"]["name"] if items else "no-such-thing"


def said(answer: tuple[int, dict[str, object]]) -> tuple[int, object]:
    return answer[0], answer[1].get("message")


@pytest.mark.parametrize("role", ROLES)
def test_requests_of_the_catalogue_are_granted(
    office: Office, everybody: dict[str, Person], served: list[Resource], workshop: str, role: str
) -> None:
    person, failed, tried = everybody[role], [], set()
    api, platform = person.api(), office.platform.api()
    for each in served:
        for verb in sorted(
            each.verbs & {verb for group, name, verb in person.rights if (group, name) == (each.group, each.name)}
        ):
            other = (each.group, each.name) in KINDS and each.version != version(each.group, each.name)
            if each.name == "pods/exec" or other or (each.group, each.name, verb) in tried:
                continue  # exec is tried below; each thing is asked for in one version
            tried.add((each.group, each.name, verb))
            status, message = granted(api, platform, each, verb, workshop)
            if status >= 300 and not (status == 404 and "no-such-thing" in str(message)):
                failed.append((verb, each.name, status, message))
    assert failed == []
    assert tried == {right for right in person.rights if right[1] != "pods/exec"}


def test_exec_is_for_those_who_have_it(everybody: dict[str, Person], office: Office, workshop: str) -> None:
    for role, person in everybody.items():
        if person.kubeconfig is None:
            continue
        command = [
            "kubectl",
            f"--kubeconfig={person.kubeconfig}",
            f"--namespace={workshop}",
            "exec",
            SAMPLE,
            "--",
            "/probe",
            "lookup",
            "localhost",
        ]
        answer = subprocess.run(command, env=office.town.shell(), capture_output=True, text=True, check=False, timeout=60)
        has_it = ("", "pods/exec", "create") in person.rights
        assert (" cannot " in answer.stderr and "pods/exec" in answer.stderr) != has_it, f"{role}: {answer.stderr}"
        assert has_it or answer.returncode


def test_a_stranger_with_a_certificate_may_nothing(office: Office, served: list[Resource]) -> None:
    stranger = office.person("stranger", "group:nobody-knows-us", ())
    to_all = given_to_all(office.platform.api(), stranger)
    home = min(holdings(the_city()))
    assert allowed(stranger, home, questions(served)) == to_all


def test_a_user_who_is_called_like_a_group_does_not_have_its_role(office: Office, everybody: dict[str, Person]) -> None:
    member = next(person for person in everybody.values() if person.subject.startswith("group:"))
    impostor = office.person("impostor", member.subject.replace("group:", "user:"), ())
    assert may(member.api(), member.homes[0], "", "pods", "list")
    assert not may(impostor.api(), member.homes[0], "", "pods", "list")
