"""A tenant leaves a real cluster: closed, saved, held, erased with an approval. Leaving it out of the data deletes nothing."""

import hashlib
import json
import subprocess
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cityfabric.onboard.edit import without_entry
from infra.model import labels
from infra.model.load import load_city
from infra.model.offboarding import Stage
from tests.town import Town, good, pod

pytestmark = pytest.mark.e2e

SPACE = "east-education-prod"
WITHIN = f"--namespace={SPACE}"
TODAY = datetime.now(UTC).date()
TEXT = f"""# yaml-language-server: $schema=../../schemas/offboarding.schema.json
name: education
tenant: east/education
reason: The bureau uses the unified platform now
asked_by: user:li.wei
asked_on: {TODAY - timedelta(days=400)}
retention:
  until: {TODAY - timedelta(days=1)}
  basis: Records Rules of Tiny City, Article 7 (made up)
"""
PUPILS = "张三 pupil\n"


@pytest.fixture
def leaving(copy: Town) -> Iterator[Town]:
    """Return the city with east/education about to leave."""
    folder = copy.root / "stacks" / "tiny" / "offboardings"
    (folder / "education-test.yaml").unlink()
    (folder / "education.yaml").write_text(TEXT, "utf-8")
    yield copy
    copy.kubectl(WITHIN, "delete", "deployments,cronjobs,pods,persistentvolumeclaims,secrets", "--selector=app=site")
    copy.kubectl("delete", "persistentvolume", "e2e-pupils", "--ignore-not-found")


def site(place: Path) -> list[dict[str, Any]]:
    """Return what the bureau runs: a deployment with a volume, a cron job, a pod by itself, and a secret."""
    marks = {"app": "site"}
    spec = pod("any", "serve", "8443", cpu="20m")["spec"]
    spec["volumes"] = [{"name": "files", "persistentVolumeClaim": {"claimName": "pupils"}}]
    spec["containers"][0]["volumeMounts"] = [{"name": "files", "mountPath": "/files"}]
    job = {**pod("any", "hold", "1", cpu="20m")["spec"], "restartPolicy": "Never"}
    meta = {"namespace": SPACE, "labels": marks}
    size = {"storage": "1Gi"}
    return [
        {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": "e2e-pupils"},
            "spec": {
                "capacity": size,
                "accessModes": ["ReadWriteOnce"],
                "hostPath": {"path": str(place)},
                "persistentVolumeReclaimPolicy": "Delete",
                "storageClassName": "by-hand",
            },
        },
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": "pupils", **meta},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": size}, "storageClassName": "by-hand"},
        },
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "site", **meta},
            "spec": {
                "replicas": 2,
                "selector": {"matchLabels": marks},
                "template": {"metadata": {"labels": marks}, "spec": {k: v for k, v in spec.items() if k != "restartPolicy"}},
            },
        },
        {
            "apiVersion": "batch/v1",
            "kind": "CronJob",
            "metadata": {"name": "nightly", **meta},
            "spec": {"schedule": "0 3 * * *", "jobTemplate": {"spec": {"template": {"spec": job}}}},
        },
        {**pod("alone", "serve", "8443", marks=marks, cpu="20m")},
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "password", **meta}, "stringData": {"key": "open sesame"}},
    ]


def furnish(town: Town, place: Path) -> None:
    """Run the bureau's site, with a file in its volume that only its own user may read."""
    place.mkdir(parents=True)
    file = place / "pupils.txt"
    file.write_text(PUPILS, "utf-8")
    for each in (place, file):
        each.chmod(0o700)
        subprocess.run(["chown", "65534:65534", each], check=True)
    for document in site(place):
        good(town.kubectl(WITHIN, "apply", "-f", "-", document=document))
    good(town.kubectl(WITHIN, "rollout", "status", "deployment/site", "--timeout=60s"))
    good(town.kubectl(WITHIN, "wait", "--for=condition=Ready", "pod", "--all", "--timeout=60s"))


def may(town: Town, verb: str, what: str) -> bool:
    """Say whether the pipeline's account may do something in its namespace."""
    account = f"--as=system:serviceaccount:{SPACE}:deployer"
    return town.kubectl("auth", "can-i", verb, what, WITHIN, account).stdout.strip() == "yes"


def stage(town: Town) -> Stage:
    city = load_city(town.root / "stacks" / "tiny").city
    assert city is not None
    return city.offboardings["education"].stage(TODAY)


def running(town: Town) -> list[str]:
    return [each["metadata"]["name"] for each in town.get("pods", WITHIN)]


def test_leaving_a_tenant_out_of_its_file_deletes_nothing(copy: Town) -> None:
    east = copy.root / "stacks" / "tiny" / "districts" / "east.yaml"
    (copy.root / "stacks" / "tiny" / "offboardings" / "education-test.yaml").unlink()
    less = without_entry(east.read_text("utf-8"), ("tenants", "civil-affairs"), east.name)
    east.write_text(without_entry(less, ("tenants", "education", "environments", "test"), east.name), "utf-8")

    answer = copy.cityfabric("up", "--json")
    outcomes = {one["stack"]: one for one in json.loads(answer.stdout)}
    errors = "\n".join(outcomes[copy.stack("east")]["errors"])
    assert answer.returncode == 1
    assert "the namespace east-civil-affairs-prod is on the cluster" in errors
    assert "the namespace east-education-test is on the cluster" in errors
    assert not outcomes[copy.stack("west")]["errors"], "the others are provisioned"
    assert copy.pulumi("preview", "--stack", copy.stack("east")).returncode != 0
    for name in ("east-civil-affairs-prod", "east-education-test"):
        assert copy.get("namespace", name)[0]["status"]["phase"] == "Active"


def test_a_tenant_is_suspended_exported_and_erased_only_with_an_approval(leaving: Town, tmp_path: Path) -> None:
    place = tmp_path / "volume"
    furnish(leaving, place)
    assert may(leaving, "create", "deployments")

    answer = good(leaving.cityfabric("offboard", "suspend", "education"))
    assert f"{SPACE}/deployment/site: 2 replicas scaled to zero" in answer.stderr
    assert f"{SPACE}/cronjob/nightly: suspended" in answer.stderr
    assert f"{SPACE}/pod/alone: deleted" in answer.stderr
    assert stage(leaving) is Stage.SUSPENDED
    assert running(leaving) == []
    assert not may(leaving, "create", "deployments")
    assert not may(leaving, "get", "pods")
    assert [each["metadata"]["name"] for each in leaving.get("networkpolicies", WITHIN)] == ["default-deny"]
    assert {each["metadata"]["name"] for each in leaving.get("rolebindings", WITHIN)} <= {
        "cityfabric-auditor",
        "cityfabric-district-administrator",
    }
    assert leaving.get("resourcequota", "quota", WITHIN)[0]["spec"]["hard"]["pods"] == "1"
    states = {
        row["namespace"]: row["state"] for row in json.loads(good(leaving.cityfabric("status", "--json")).stdout)["tenants"]
    }
    assert (states[SPACE], states["west-education-prod"]) == ("suspended", "Active")
    good(leaving.cityfabric("offboard", "suspend", "education"))  # once more changes nothing

    good(leaving.cityfabric("offboard", "export", "education", f"--archives={tmp_path / 'archives'}"))
    assert stage(leaving) is Stage.DUE, "the retention was over yesterday"
    archive = tmp_path / "archives" / "education"
    see_archive(archive)
    refused = leaving.cityfabric("offboard", "erase", "education", f"--archives={tmp_path / 'archives'}")
    assert (refused.returncode, "approval: {by: user:NAME" in refused.stderr) == (2, True)
    assert leaving.get("namespace", SPACE)[0]["status"]["phase"] == "Active"

    file = leaving.root / "stacks" / "tiny" / "offboardings" / "education.yaml"
    with file.open("a", encoding="utf-8") as end:
        end.write(f"approval: {{by: user:zhang, day: {TODAY}, reason: Ticket 9}}\n")
    see_that_a_damaged_archive_stops_it(leaving, archive)
    (leaving.root / "stacks" / "tiny" / "requests" / "education-pods.yaml").unlink()  # it asks for one that leaves
    good(leaving.cityfabric("offboard", "erase", "education", f"--archives={tmp_path / 'archives'}"))
    see_that_it_is_erased(leaving, tmp_path, place)


def see_archive(archive: Path) -> None:
    """See that the archive is whole, closed to others, and checked by a tool that everybody has."""
    assert archive.parent.stat().st_mode & 0o077 == 0
    for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        subprocess.run(["sha256sum", "--check", "--strict", "--quiet", manifest], cwd=archive, check=True)
    with tarfile.open(archive / "data" / "volumes" / SPACE / "pupils.tar") as volume:
        content = volume.extractfile("./pupils.txt")
        assert content is not None
        assert content.read().decode() == PUPILS
    objects = archive / "data" / "objects" / SPACE
    assert {"Deployment.apps/site.yaml", "CronJob.batch/nightly.yaml", "Secret/password.yaml", "ResourceQuota/quota.yaml"} <= {
        str(each.relative_to(objects)) for each in objects.rglob("*.yaml")
    }
    assert f"{labels.STOPPED}: '2'" in (objects / "Deployment.apps" / "site.yaml").read_text("utf-8")


def see_that_a_damaged_archive_stops_it(town: Town, archive: Path) -> None:
    """See that nothing is erased whose archive is not as it was."""
    secret = archive / "data" / "objects" / SPACE / "Secret" / "password.yaml"
    whole = secret.read_bytes()
    secret.write_bytes(whole.replace(b"password", b"passw0rd", 1))
    refused = town.cityfabric("offboard", "erase", "education", f"--archives={archive.parent}")
    assert (refused.returncode, "is damaged" in refused.stderr) == (2, True)
    assert town.get("namespace", SPACE)[0]["status"]["phase"] == "Active"
    secret.write_bytes(whole)


def see_that_it_is_erased(town: Town, tmp_path: Path, place: Path) -> None:
    """See that nothing of it is left but the certificate, and that the others are as they were."""
    spaces = {each["metadata"]["name"] for each in town.get("namespaces")}
    assert not spaces & {SPACE, "east-education-test"}
    assert {"east-civil-affairs-prod", "west-education-prod"} <= spaces
    assert town.kubectl("get", "persistentvolume", "e2e-pupils").returncode != 0
    assert not place.exists(), "the data themselves"
    assert not (tmp_path / "archives" / "education").exists()
    city = load_city(town.root / "stacks" / "tiny").city
    assert city is not None
    assert "education" not in city.districts["east"].tenants
    record = city.offboardings["education"]
    certificate = tmp_path / "archives" / "education.certificate.json"
    assert record.erased is not None
    assert record.erased.certificate == hashlib.sha256(certificate.read_bytes()).hexdigest()
    told = json.loads(certificate.read_text("utf-8"))
    assert told["offboarding"]["approval"]["by"] == "user:zhang"
    assert set(told["offboarding"]["exported"]["namespaces"]) == {SPACE, "east-education-test"}
    again = json.loads(good(town.cityfabric("up", "east", "--json")).stdout)
    assert set(again[0]["changes"]) == {"same"}


def test_a_tenant_that_stays_after_all_gets_everything_back(leaving: Town, tmp_path: Path) -> None:
    furnish(leaving, tmp_path / "volume")
    good(leaving.cityfabric("offboard", "suspend", "education"))
    assert running(leaving) == []
    answer = good(leaving.cityfabric("offboard", "withdraw", "education"))
    assert f"{SPACE}/deployment/site: 2 replicas" in answer.stderr
    good(leaving.kubectl(WITHIN, "rollout", "status", "deployment/site", "--timeout=60s"))
    assert len(running(leaving)) == 2
    assert leaving.get("cronjob", "nightly", WITHIN)[0]["spec"]["suspend"] is False
    assert may(leaving, "create", "deployments")
    assert stage(leaving) is Stage.WITHDRAWN
    refused = leaving.cityfabric("offboard", "export", "education")
    assert (refused.returncode, "the tenant stays" in refused.stderr) == (2, True)
