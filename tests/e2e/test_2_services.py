"""Shared services on a real cluster: who declares one gets the flow, the name and the binding, and nothing else; others get none.

The pod of the consumer is that of the how-to page.
"""

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from infra.model import labels
from tests.streets import dial
from tests.town import ROOT, Town, good, pod

pytestmark = pytest.mark.e2e

CONSUMER, STRANGER, HALF = "east-education-test", "east-civil-affairs-prod", "west-education-prod"
ZONE, DATA = "zone-extranet", "zone-data"
HOST, DATABASE = "authentication.zone-extranet.svc.cluster.local", "population.zone-data.svc.cluster.local"
EAST, SERVICES = "stacks/tiny/districts/east.yaml", "stacks/tiny/services.yaml"
OURS = {labels.MANAGED_BY: labels.MANAGER}
# Served by every pod of a zone here, though only one port of one pod is the service's.
PORTS = (8443, 5432, 8080)


def caller() -> dict[str, Any]:
    """Return the pod of the how-to page."""
    page = (ROOT / "docs/how-to/consume-a-service.md").read_text("utf-8")
    (text,) = (part.split("```")[0] for part in page.split("```yaml\n") if part.startswith("apiVersion"))
    found: dict[str, Any] = yaml.safe_load(text)
    return found


@pytest.fixture(scope="module")
def served(town: Town) -> Iterator[Town]:
    """Return the city with the services' pods, strangers beside them, and somebody who dials in three tenants."""
    serve = ("serve", *map(str, PORTS))
    pods = {
        ZONE: [pod("service", *serve, marks={labels.SERVICE: "authentication"}), pod("stray", *serve)],
        DATA: [pod("service", *serve, marks={labels.SERVICE: "population"})],
        CONSUMER: [pod("dials", "serve", "9999"), caller()],
        STRANGER: [pod("dials", "serve", "9999")],
        HALF: [pod("dials", "serve", "9999")],
    }
    for namespace, documents in pods.items():
        listed = {"apiVersion": "v1", "kind": "List", "items": documents}
        good(town.kubectl(f"--namespace={namespace}", "apply", "-f", "-", document=listed))
    for namespace in pods:
        good(town.kubectl(f"--namespace={namespace}", "wait", "--for=condition=Ready", "pod", "--all", "--timeout=120s"))
    yield town
    for namespace, documents in pods.items():
        names = [f"pod/{one['metadata']['name']}" for one in documents]
        good(town.kubectl(f"--namespace={namespace}", "delete", *names, "--wait=false"))


def reach(town: Town, namespace: str, *ways: tuple[str, str, int]) -> list[str]:
    """Dial from a tenant's pod, and return the verdicts."""
    command = ["kubectl", f"--namespace={namespace}", "exec", "--stdin", "dials", "--", "/probe", "scan"]
    found = dial(command, town.shell(), ways)
    return [found[way] for way in ways]


def given(town: Town, namespace: str) -> set[str]:
    """Return all that a namespace has for shared services, by what it is."""
    listed = town.get("services,secrets", f"--namespace={namespace}", f"--selector={labels.SERVICE}")
    marks = town.get("namespace", namespace)[0]["metadata"]["labels"]
    opened = json.dumps([one["spec"].get("egress") for one in town.get("networkpolicies", f"--namespace={namespace}")])
    return {
        *(f"{one['kind']} {one['metadata']['name']}" for one in listed),
        *(f"label {key.removeprefix(labels.consumes(''))}" for key in marks if key.startswith(labels.consumes(""))),
        *(f"flow {name}" for name in ("authentication", "population") if name in opened),
    }


def whole(*services: str) -> set[str]:
    """Return what a consumer of these services has."""
    return {
        each for name in services for each in (f"Service {name}", f"Secret cityfabric-{name}", f"label {name}", f"flow {name}")
    }


def test_a_tenant_has_what_it_declares_and_nothing_else(town: Town) -> None:
    assert given(town, CONSUMER) == whole("authentication", "population")
    assert given(town, HALF) == whole("authentication")
    assert given(town, STRANGER) == set()
    everywhere = town.get("services,secrets", "--all-namespaces", f"--selector={labels.SERVICE}")
    spaces = {one["metadata"]["namespace"] for one in everywhere}
    assert spaces == {CONSUMER, "east-education-prod", HALF, ZONE, DATA}


def test_a_consumer_connects_by_name(served: Town) -> None:
    ways = [("tcp", name, 8443) for name in ("authentication", HOST)] + [("tcp", name, 5432) for name in ("population", DATABASE)]
    assert reach(served, CONSUMER, *ways) == ["open"] * 4
    assert reach(served, HALF, *ways) == ["open", "open", "unknown", "blocked"]
    address = served.get("service", "authentication", f"--namespace={ZONE}")[0]["spec"]["clusterIP"]
    lookup = ("exec", "dials", f"--namespace={CONSUMER}", "--", "/probe", "lookup", "authentication")
    assert good(served.kubectl(*lookup)).stdout.split() == [address]


def test_nothing_else_of_the_zone_is_open_to_a_consumer(served: Town) -> None:
    found = {
        (one["metadata"]["namespace"], one["metadata"]["name"]): one["status"]["podIP"]
        for one in served.get("pods", "--all-namespaces")
        if one["status"].get("podIP")
    }
    service, stray, database = found[ZONE, "service"], found[ZONE, "stray"], found[DATA, "service"]
    open_ones = [("tcp", service, 8443), ("tcp", database, 5432)]
    assert reach(served, CONSUMER, *open_ones) == ["open", "open"], "the pods serve, so what is blocked is closed by the policies"
    closed = [
        *(("tcp", service, port) for port in (8080, 5432)),
        *(("udp", service, port) for port in PORTS),
        *((protocol, stray, port) for protocol in ("tcp", "udp") for port in PORTS),
        *(("tcp", database, port) for port in (8443, 8080)),
        ("tcp", "authentication", 8080),
        ("tcp", "population", 8443),
    ]
    assert reach(served, CONSUMER, *closed) == ["blocked"] * len(closed)


def test_without_the_declaration_there_is_no_name_no_binding_and_no_way(served: Town) -> None:
    service = next(one["status"]["podIP"] for one in served.get("pods", f"--namespace={ZONE}", f"--selector={labels.SERVICE}"))
    ways = [("tcp", "authentication", 8443), ("tcp", HOST, 8443), ("tcp", service, 8443), ("tcp", DATABASE, 5432)]
    assert reach(served, STRANGER, *ways) == ["unknown", "blocked", "blocked", "blocked"]
    borrowed = caller() | {"metadata": {"name": "borrows"}}
    good(served.kubectl(f"--namespace={STRANGER}", "apply", "-f", "-", document=borrowed))
    try:
        assert "cityfabric-authentication" in complaint(served, "borrows")
    finally:
        good(served.kubectl(f"--namespace={STRANGER}", "delete", "pod", "borrows", "--grace-period=0", "--force"))


def complaint(town: Town, name: str) -> str:
    """Return what the cluster says of a pod that cannot mount what it asks for, once it says it."""
    end = time.monotonic() + 60
    about = f"--field-selector=involvedObject.name={name},reason=FailedMount"
    while not (found := town.get("events", f"--namespace={STRANGER}", about)) and time.monotonic() < end:
        time.sleep(0.5)
    return " ".join(one["message"] for one in found)


def test_a_pod_reads_the_binding_where_the_specification_says(served: Town) -> None:
    script = 'cd "$SERVICE_BINDING_ROOT/authentication"; for each in *; do echo "$each=$(cat $each)"; done'
    answer = good(served.kubectl("exec", "caller", f"--namespace={CONSUMER}", "--", "sh", "-c", script))
    assert dict(line.split("=", 1) for line in answer.stdout.splitlines()) == {
        "type": "oidc",
        "provider": "tiny",
        "host": HOST,
        "port": "8443",
        "uri": f"https://{HOST}:8443",
    }
    page = (ROOT / "docs/how-to/consume-a-service.md").read_text("utf-8")
    assert all(": ".join(line.split("=", 1)) in page for line in answer.stdout.splitlines()), "the page shows what is there"


def test_what_a_binding_says_is_encrypted_in_the_state(town: Town) -> None:
    state = good(town.pulumi("stack", "export", "--stack", town.stack("east"))).stdout
    assert "cityfabric-authentication" in state
    assert base64.b64encode(HOST.encode()).decode() not in state
    outputs = good(town.pulumi("stack", "output", "--json", "--stack", town.stack("east"))).stdout
    assert not [word for word in (HOST, "authentication", "Secret") if word in outputs]


def test_a_declaration_that_goes_takes_everything_with_it(copy: Town, served: Town) -> None:
    edit(copy, EAST, "consumes: [authentication, population]", "consumes: [authentication]")
    edit(copy, SERVICES, "type: oidc", "type: saml")  # which nobody can change of a Secret that is there
    edit(copy, SERVICES, "port: 8443", "port: 8080")
    good(copy.cityfabric("up"))
    assert given(copy, CONSUMER) == whole("authentication")
    ways = [("tcp", "population", 5432), ("tcp", DATABASE, 5432), *(("tcp", "authentication", port) for port in (8080, 8443))]
    assert reach(served, CONSUMER, *ways) == ["unknown", "blocked", "open", "blocked"]
    (binding,) = copy.get("secrets", f"--namespace={CONSUMER}", f"--selector={labels.SERVICE}")
    assert (binding["type"], base64.b64decode(binding["data"]["type"])) == ("servicebinding.io/saml", b"saml")


def edit(town: Town, file: str, old: str, new: str) -> None:
    text = (town.root / file).read_text("utf-8")
    assert text.count(old) == 1
    (town.root / file).write_text(text.replace(old, new), "utf-8")


def test_a_name_that_the_department_took_first_is_not_taken_over(copy: Town) -> None:
    own = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "authentication"}}
    own |= {"spec": {"selector": {"app": "own"}, "ports": [{"port": 80}]}}
    good(copy.kubectl(f"--namespace={STRANGER}", "apply", "-f", "-", document=own))
    edit(copy, EAST, "developer: [group:east-civil-affairs-developers]\n",
         "developer: [group:east-civil-affairs-developers]\n    consumes: [authentication]\n")  # fmt: skip
    refused = copy.cityfabric("up", "east")
    assert refused.returncode == 1
    page = (ROOT / "docs/how-to/consume-a-service.md").read_text("utf-8")
    told = next(line for line in page.splitlines() if line.startswith("the Service authentication in"))
    assert told in refused.stdout + refused.stderr
    assert "Traceback" not in refused.stdout + refused.stderr
    (kept,) = copy.get("service", "authentication", f"--namespace={STRANGER}")
    assert kept["spec"]["selector"] == {"app": "own"}
    assert given(copy, STRANGER) == set()
    good(copy.kubectl(f"--namespace={STRANGER}", "delete", "service", "authentication"))
    good(copy.cityfabric("up", "east"))
    assert given(copy, STRANGER) == whole("authentication")


def test_what_somebody_changes_is_told_without_what_it_says_and_put_back(town: Town) -> None:
    turned = {"spec": {"type": "ClusterIP", "externalName": None, "selector": {"app": "sly"}}}
    good(town.kubectl("patch", "service", "authentication", f"--namespace={CONSUMER}", "--patch", json.dumps(turned)))
    sly = base64.b64encode(b"hunter2").decode()
    said = json.dumps({"data": {"host": sly, "password": sly}})
    good(town.kubectl("patch", "secret", "cityfabric-authentication", f"--namespace={CONSUMER}", "--patch", said))
    good(town.kubectl("delete", "secret", "cityfabric-population", f"--namespace={CONSUMER}"))
    other = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "cityfabric-population", "labels": OURS},
        "data": {"a": sly},
    }
    good(town.kubectl("create", "-f", "-", f"--namespace={CONSUMER}", document=other))
    good(town.kubectl("label", "secret", "cityfabric-authentication", "--namespace=east-education-prod", f"{labels.MANAGED_BY}-"))
    good(town.kubectl("delete", "service", "authentication", f"--namespace={ZONE}"))
    ports = json.dumps([{"op": "replace", "path": "/spec/ports", "value": [{"port": 9000}]}])
    good(town.kubectl("patch", "service", "authentication", f"--namespace={HALF}", "--type=json", f"--patch={ports}"))
    for flags in (["--json"], []):
        answer = town.cityfabric("drift", *flags)
        assert answer.returncode == 1
        assert sly not in answer.stdout + answer.stderr
        assert "hunter2" not in answer.stdout + answer.stderr
        if flags:
            found = {f"{one['object']['namespace']} {one['object']['name']}": one for one in json.loads(answer.stdout)}
    assert {name: one["state"] for name, one in found.items()} == {
        f"{CONSUMER} authentication": "changed",
        f"{CONSUMER} cityfabric-authentication": "changed",
        f"{CONSUMER} cityfabric-population": "changed",
        "east-education-prod cityfabric-authentication": "changed",
        f"{ZONE} authentication": "deleted",
        f"{HALF} authentication": "changed",
    }
    assert {one["by"]["who"] for one in found.values()} == {"platform-engineer"}
    good(town.cityfabric("up"))
    assert town.cityfabric("drift").returncode == 0
    assert given(town, CONSUMER) == whole("authentication", "population")
    (service,) = town.get("service", "authentication", f"--namespace={CONSUMER}")
    assert service["spec"] == {
        "type": "ExternalName",
        "externalName": HOST,
        "ports": [{"port": 8443, "protocol": "TCP", "targetPort": 8443}],
        "sessionAffinity": "None",
    }
    (binding,) = town.get("secret", "cityfabric-authentication", f"--namespace={CONSUMER}")
    assert "password" not in binding["data"]
    for part in ("city", "east"):
        good(town.pulumi("preview", "--stack", town.stack(part), "--expect-no-changes"))
        good(town.pulumi("refresh", "--stack", town.stack(part), "--expect-no-changes", "--yes", "--skip-preview"))
