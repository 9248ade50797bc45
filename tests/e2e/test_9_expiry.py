"""What was given until a moment ends at that moment in the cluster, by itself: no command is run for it."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil
import pytest

from infra.model import labels
from infra.tenancy.roles import role_name
from sandbox.cluster.instance import open_instance
from sandbox.cluster.supervisor import MARK
from tests.people import Office, Person
from tests.town import Town, good, pod

pytestmark = pytest.mark.e2e

RBAC, CORE = "/apis/rbac.authorization.k8s.io/v1", "/api/v1"
HOME = "east-civil-affairs-prod"
PATH = f"{RBAC}/namespaces/{HOME}/rolebindings"
PLATFORM = f"--namespace={labels.PLATFORM_NAMESPACE}"
SELECTED = f"app.kubernetes.io/name={labels.STEWARD}"
LAPSING = {labels.MANAGED_BY: labels.MANAGER, labels.TEMPORARY: labels.LAPSES}
# Two looks of the steward's, the whole second to which moments are written, and a slow machine.
LATE = 15


@pytest.fixture
def guest(office: Office) -> Person:
    """Return somebody who has no role yet."""
    return office.person("guest", "user:guest", ())


@pytest.fixture(autouse=True)
def _tidy(office: Office) -> Iterator[None]:
    """Remove what the test bound."""
    yield
    api = office.platform.api()
    for one in api.good("GET", PATH)["items"]:
        if one["metadata"]["name"].startswith("guest"):
            api.ask("DELETE", f"{PATH}/{one['metadata']['name']}")


def bind(office: Office, name: str, expires: str | None, marks: dict[str, str] = LAPSING) -> None:
    """Give the guest the operator's role."""
    subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "guest"}
    ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role_name("operator")}
    notes = {} if expires is None else {labels.EXPIRES: expires}
    metadata = {"name": name, "labels": marks, "annotations": notes}
    office.platform.api().good("POST", PATH, {"metadata": metadata, "roleRef": ref, "subjects": [subject]})


def within(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def bound(office: Office) -> set[str]:
    """Return the guest's bindings that there are."""
    names = {one["metadata"]["name"] for one in office.platform.api().good("GET", PATH)["items"]}
    return {name for name in names if name.startswith("guest")}


def sees_pods(person: Person) -> bool:
    return person.api().ask("GET", f"{CORE}/namespaces/{HOME}/pods")[0] == 200


def wait(holds: Callable[[], bool], seconds: float) -> None:
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, f"not within {seconds} s"
        time.sleep(0.2)


def test_a_right_ends_at_its_moment_and_it_is_told(office: Office, guest: Person) -> None:
    assert not sees_pods(guest)
    ends = within(8)
    bind(office, "guest-lapses", ends)
    wait(lambda: sees_pods(guest), 3)
    time.sleep(4)
    assert sees_pods(guest), "not before its time"
    wait(lambda: not sees_pods(guest), 4 + LATE)
    assert bound(office) == set()
    lines = good(office.town.kubectl(PLATFORM, "logs", f"--selector={SELECTED}", "--tail=20")).stdout.splitlines()
    told = [line for line in map(json.loads, lines) if line.get("binding") == "guest-lapses"]
    assert [(line["msg"], line["namespace"], line["expires"]) for line in told] == [("deleted", HOME, ends)]


def test_what_cannot_be_read_has_lapsed_and_what_is_not_ours_stays(office: Office) -> None:
    managed = {labels.MANAGED_BY: labels.MANAGER}
    for name, expires in (
        ("guest-words", "some day"),
        ("guest-day", "2099-12-31"),
        ("guest-none", None),
        ("guest-past", within(-60)),
    ):
        bind(office, name, expires)
    stays: dict[str, tuple[str | None, dict[str, str]]] = {
        "guest-later": (within(3600), LAPSING),
        "guest-foreign": (within(-60), {}),
        "guest-forged": (within(-60), {labels.TEMPORARY: labels.LAPSES}),
        "guest-permanent": (within(-60), managed),
        "guest-otherwise": (None, {**managed, labels.TEMPORARY: "no"}),
    }
    for name, (expires, marks) in stays.items():
        bind(office, name, expires, marks)
    wait(lambda: bound(office) == set(stays), LATE)
    time.sleep(6)  # one more look
    assert bound(office) == set(stays)


def test_a_binding_that_is_renewed_stays(office: Office) -> None:
    bind(office, "guest-renewed", within(4))
    longer = {"metadata": {"annotations": {labels.EXPIRES: within(3600)}}}
    status, _ = office.platform.api().ask("PATCH", f"{PATH}/guest-renewed", longer, "application/merge-patch+json")
    assert status == 200
    time.sleep(4 + 6)
    assert bound(office) == {"guest-renewed"}


def test_a_steward_that_is_killed_comes_back_and_does_it(office: Office, guest: Person) -> None:
    (before,) = office.town.get("pods", PLATFORM, f"--selector={SELECTED}")
    bind(office, "guest-killed", within(5))
    good(office.town.kubectl(PLATFORM, "delete", "pod", before["metadata"]["name"], "--grace-period=0", "--force"))
    wait(lambda: not sees_pods(guest) and not bound(office), 5 + LATE + 15)
    (after,) = [
        one for one in office.town.get("pods", PLATFORM, f"--selector={SELECTED}") if not one["metadata"].get("deletionTimestamp")
    ]
    assert after["metadata"]["uid"] != before["metadata"]["uid"]


def test_a_restart_of_the_api_server_is_outlived(office: Office) -> None:
    state = str(open_instance(office.town.instance).state)
    (server,) = [
        each for each in psutil.process_iter(["name"]) if each.name() == "kube-apiserver" and each.environ().get(MARK) == state
    ]
    (before,) = office.town.get("pods", PLATFORM, f"--selector={SELECTED}")
    bind(office, "guest-restart", within(5))
    os.kill(server.pid, signal.SIGKILL)
    ready = ["get", "--raw", "/readyz"]
    wait(lambda: office.town.kubectl(*ready).returncode == 0, 60)
    wait(lambda: not bound(office), 5 + LATE + 10)
    (after,) = office.town.get("pods", PLATFORM, f"--selector={SELECTED}")
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert after["status"]["containerStatuses"][0]["restartCount"] == before["status"]["containerStatuses"][0]["restartCount"]


def test_the_stewards_own_rights_are_narrow(office: Office) -> None:
    steward = office.account("steward", labels.PLATFORM_NAMESPACE, labels.STEWARD).api()
    bind(office, "guest-permanent", within(-60), {labels.MANAGED_BY: labels.MANAGER})
    refused = [
        ("DELETE", f"{PATH}/guest-permanent"),
        ("DELETE", f"{PATH}/{role_name('developer')}"),
        ("DELETE", PATH),
        ("GET", f"{PATH}/guest-permanent"),
        ("GET", f"{CORE}/secrets"),
        ("GET", f"{CORE}/namespaces"),
        ("POST", PATH),
    ]
    assert [
        (method, path) for method, path in refused if steward.ask(method, path, {} if method == "POST" else None)[0] != 403
    ] == []
    assert steward.ask("GET", f"{RBAC}/rolebindings")[0] == 200


def test_a_lapsing_binding_outside_of_the_city_is_not_the_stewards(office: Office) -> None:
    path = f"{RBAC}/namespaces/default/rolebindings"
    ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role_name("operator")}
    metadata = {"name": "guest-outside", "labels": LAPSING, "annotations": {labels.EXPIRES: within(-60)}}
    api = office.platform.api()
    api.good("POST", path, {"metadata": metadata, "roleRef": ref, "subjects": []})
    try:
        time.sleep(7)
        api.good("GET", f"{path}/guest-outside")
    finally:
        api.good("DELETE", f"{path}/guest-outside")


def test_the_platforms_namespace_reaches_the_api_server_alone(office: Office, town: Town) -> None:
    # In `default` no policy holds anybody: what does not arrive there or from there is closed on this side.
    pods = {labels.PLATFORM_NAMESPACE: "inside", "default": "outside"}
    api = office.platform.api()
    for namespace, name in pods.items():
        api.good("POST", f"{CORE}/namespaces/{namespace}/pods", pod(name, "serve", "8443"))
    try:
        for namespace, name in pods.items():
            good(town.kubectl(f"--namespace={namespace}", "wait", "--for=condition=Ready", f"pod/{name}", "--timeout=60s"))
        address = {
            name: town.get("pod", name, f"--namespace={namespace}")[0]["status"]["podIP"] for namespace, name in pods.items()
        }
        (service,) = town.get("service", "kubernetes", "--namespace=default")

        def dial(namespace: str, target: str) -> str:
            return town.kubectl(f"--namespace={namespace}", "exec", pods[namespace], "--", "/probe", "dial", "tcp", target).stdout

        for namespace, name in pods.items():
            wait(lambda: dial(namespace, f"{address[name]}:8443").startswith("open"), 10)  # noqa: B023 - called at once
        # The API server takes the connection, and waits for a greeting that the probe does not know.
        greeted = f"{service['spec']['clusterIP']}:443"
        wait(lambda: "no answer" in dial(labels.PLATFORM_NAMESPACE, greeted), 10)
        assert "blocked: dial" in dial(labels.PLATFORM_NAMESPACE, f"{address['outside']}:8443")
        assert "blocked: dial" in dial("default", f"{address['inside']}:8443")
        kubelet = f"{town.get('nodes')[0]['status']['addresses'][0]['address']}:10250"
        assert "blocked: dial" in dial(labels.PLATFORM_NAMESPACE, kubelet), "of the node, the API server's port alone"
    finally:
        for namespace, name in pods.items():
            api.ask("DELETE", f"{CORE}/namespaces/{namespace}/pods/{name}", {"gracePeriodSeconds": 0})


def given_until(town: Town, day: datetime) -> Any:  # noqa: ANN401 - a JSON document
    """Let the data give the guest a role until a day, and return what `up` did and said."""
    path = town.root / "stacks/tiny/districts/east.yaml"
    line = f"operator: [group:east-education-operators, {{subject: user:guest, until: {day.date()}, reason: a test}}]"
    text = path.read_text("utf-8")
    start = text.index("operator: [")
    path.write_text(text[:start] + line + text[text.index("\n", start) :], "utf-8")
    return good(town.cityfabric("up", "east", "--json"))


def test_what_the_data_gives_until_a_day_is_not_given_again(copy: Town, office: Office, guest: Person) -> None:
    home, now = "east-education-prod", datetime.now(UTC)
    path = f"{RBAC}/namespaces/{home}/rolebindings/{role_name('operator')}-until-{(now + timedelta(days=1)).date()}"
    given_until(copy, now + timedelta(days=1))
    api = office.platform.api()
    found = api.good("GET", path)["metadata"]
    assert found["annotations"][labels.EXPIRES] == f"{(now + timedelta(days=1)).date()}T23:59:59Z"
    assert guest.api().ask("GET", f"{CORE}/namespaces/{home}/pods")[0] == 200
    # The day passes.
    api.ask("PATCH", path, {"metadata": {"annotations": {labels.EXPIRES: within(0)}}}, "application/merge-patch+json")
    wait(lambda: api.ask("GET", path)[0] == 404, LATE)
    assert guest.api().ask("GET", f"{CORE}/namespaces/{home}/pods")[0] == 403
    answer = given_until(copy, now - timedelta(days=1))
    assert "user:guest until" in answer.stderr
    assert "is over" in answer.stderr
    assert json.loads(answer.stdout)[0]["errors"] == []
    assert guest.api().ask("GET", f"{CORE}/namespaces/{home}/pods")[0] == 403
    warned = good(copy.pulumi("preview", "--stack", copy.stack("east"), "--expect-no-changes"))
    assert "is over" in warned.stdout + warned.stderr
