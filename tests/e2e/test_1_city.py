"""From the city's data to tenants: what `up` makes, that it may be repeated, and what it refuses."""

import json
import re
from pathlib import Path

import pytest
import yaml

from infra.model import labels
from infra.model.load import load_city
from tests.town import ROOT, Town, good, pod

pytestmark = pytest.mark.e2e

MANAGED = f"{labels.MANAGED_BY}={labels.MANAGER}"
KINDS = (
    "namespaces,resourcequotas,limitranges,networkpolicies,rolebindings,serviceaccounts,services,secrets,clusterroles,"
    "priorityclasses,validatingadmissionpolicies"
)


def declared_namespaces() -> set[str]:
    city = load_city(ROOT / "stacks" / "tiny").city
    assert city
    tenants = {
        labels.namespace_name(district.name, tenant, environment)
        for district in city.districts.values()
        for tenant, declared in district.tenants.items()
        for environment in declared.environments
    }
    return tenants | {labels.zone_namespace(zone) for zone in city.zones.zones} | {labels.PLATFORM_NAMESPACE}


def versions(town: Town) -> dict[str, str]:
    """Return the version of every object of the city: it changes with the object."""
    return {
        f"{one['kind']} {one['metadata'].get('namespace', '')}/{one['metadata']['name']}": one["metadata"]["resourceVersion"]
        for one in town.get(KINDS, "--all-namespaces", "--selector", MANAGED)
    }


def test_cluster_holds_what_the_data_declares_and_nothing_else(town: Town) -> None:
    found = {one["metadata"]["name"] for one in town.get("namespaces")}
    assert found - declared_namespaces() == {"default", "kube-node-lease", "kube-public", "kube-system"}
    assert declared_namespaces() <= found


def test_tenant_says_who_owns_it_and_which_file_declared_it(town: Town) -> None:
    metadata = town.get("namespace", "east-education-prod")[0]["metadata"]
    assert metadata["labels"][labels.OWNER] == "education"
    assert metadata["labels"][labels.COST_CODE] == "TINY-EAST-EDU"
    assert metadata["labels"][labels.PROTECTION_LEVEL] == "2"
    assert metadata["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert metadata["annotations"][labels.CONTACT] == "education@east.tiny.example"
    assert metadata["annotations"][labels.DECLARED_IN] == "stacks/tiny/districts/east.yaml"


def test_second_up_changes_nothing(town: Town) -> None:
    before = versions(town)
    outcomes = json.loads(good(town.cityfabric("up", "--json")).stdout)
    assert [set(one["changes"]) for one in outcomes] == [{"same"}] * 3
    assert versions(town) == before


@pytest.mark.parametrize("part", ["city", "east", "west"])
def test_plain_pulumi_sees_no_change_and_no_drift(town: Town, part: str) -> None:
    good(town.pulumi("preview", "--stack", town.stack(part), "--expect-no-changes"))
    good(town.pulumi("refresh", "--stack", town.stack(part), "--expect-no-changes", "--yes", "--skip-preview"))


def test_plain_pulumi_selects_a_stack_and_warns_of_nothing(town: Town) -> None:
    good(town.pulumi("stack", "select", town.stack("east")))
    answer = good(town.pulumi("preview"))
    assert "warning" not in (answer.stdout + answer.stderr).lower()


def test_no_credential_in_the_state(town: Town) -> None:
    state = good(town.pulumi("stack", "export", "--stack", town.stack("east"))).stdout
    key = yaml.safe_load(Path(town.shell()["KUBECONFIG"]).read_text("utf-8"))["users"][0]["user"]["client-key-data"]
    assert "ciphertext" in state
    assert key not in state


def test_stack_refuses_a_cluster_that_is_not_its_own(town: Town, tmp_path: Path) -> None:
    stack = town.stack("east")
    text = (ROOT / "stacks" / "config" / f"Pulumi.{stack}.yaml").read_text("utf-8")
    other = tmp_path / "config.yaml"
    other.write_text(re.sub(r"cityfabric:cluster: .*", "cityfabric:cluster: 00000000-another-cluster", text), "utf-8")
    before = versions(town)
    answer = town.pulumi("up", "--stack", stack, "--config-file", str(other), "--yes", "--skip-preview")
    assert answer.returncode != 0
    assert "cluster refused" in answer.stdout + answer.stderr
    assert "Traceback" not in answer.stdout + answer.stderr
    assert versions(town) == before


def test_pod_of_a_tenant_runs(town: Town) -> None:
    namespace = "--namespace=east-education-test"
    good(town.kubectl(namespace, "apply", "-f", "-", document=pod("runs", "serve", "8443")))
    good(town.kubectl(namespace, "wait", "--for=condition=Ready", "pod/runs", "--timeout=60s"))
    rows = json.loads(good(town.cityfabric("status", "--json")).stdout)["tenants"]
    used = next(row["used"] for row in rows if row["namespace"] == "east-education-test")
    assert used["pods"] == "1"
    good(town.kubectl(namespace, "delete", "pod", "runs"))


def test_pods_above_the_quota_are_refused(town: Town) -> None:
    # One container of 300m passes the LimitRange; two of them pass the quota of 500m.
    wanted = pod("large", "serve", "8443", cpu="300m", containers=2)
    answer = town.kubectl("--namespace=east-education-test", "apply", "-f", "-", document=wanted)
    assert answer.returncode != 0
    assert "exceeded quota" in answer.stderr


def test_pod_below_restricted_is_refused(town: Town) -> None:
    wanted = pod("privileged", "serve", "8443")
    wanted["spec"]["containers"][0]["securityContext"] = {"privileged": True}
    answer = town.kubectl("--namespace=east-education-test", "apply", "-f", "-", document=wanted)
    assert answer.returncode != 0
    assert "violates PodSecurity" in answer.stderr


def test_changing_one_tenant_touches_its_district_only(copy: Town) -> None:
    path = copy.root / "stacks" / "tiny" / "districts" / "west.yaml"
    path.write_text(path.read_text("utf-8").replace("cost_code: TINY-WEST-STAT", "cost_code: TINY-WEST-NEW"), "utf-8")
    changes = {one["stack"]: one["changes"] for one in json.loads(good(copy.cityfabric("up", "--json")).stdout)}
    assert changes[copy.stack("west")]["update"] == 1
    assert set(changes[copy.stack("city")]) == set(changes[copy.stack("east")]) == {"same"}


def test_broken_district_stops_alone(copy: Town) -> None:
    districts = copy.root / "stacks" / "tiny" / "districts"
    west, east = districts / "west.yaml", districts / "east.yaml"
    west.write_text(west.read_text("utf-8").replace("zone: data", "zone: date"), "utf-8")
    east.write_text(east.read_text("utf-8").replace("TINY-EAST-EDU", "TINY-EAST-NEW"), "utf-8")
    answer = copy.cityfabric("up", "--json")
    assert answer.returncode == 2
    assert "stacks/tiny/districts/west.yaml:" in answer.stderr
    assert "did you mean" in answer.stderr.lower()
    assert "Traceback" not in answer.stderr
    assert {one["stack"] for one in json.loads(answer.stdout)} == {copy.stack("city"), copy.stack("east")}
    assert copy.get("namespace", "east-education-prod")[0]["metadata"]["labels"][labels.COST_CODE] == "TINY-EAST-NEW"
    assert copy.get("namespace", "west-statistics-prod"), "the broken district's tenants stay as they are"
    # Plain Pulumi refuses that district as well, with the same words.
    refused = copy.pulumi("preview", "--stack", copy.stack("west"))
    assert refused.returncode != 0
    assert "stacks/tiny/districts/west.yaml:" in refused.stdout + refused.stderr


def test_broken_city_builds_nothing(copy: Town) -> None:
    zones = copy.root / "stacks" / "tiny" / "zones.yaml"
    zones.write_text(zones.read_text("utf-8").replace("via bastion", "via bastoin", 1), "utf-8")
    before = versions(copy)
    answer = copy.cityfabric("up")
    assert answer.returncode == 2
    assert "stacks/tiny/zones.yaml:" in answer.stderr
    assert versions(copy) == before
