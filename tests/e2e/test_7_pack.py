"""The pack in the genuine engine: the city's own stacks pass, what breaks a rule does not, and no config changes that."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.town import BIN, ROOT, Town, good

pytestmark = pytest.mark.e2e

PACK = str(ROOT / "policies")
PROGRAM = """
import os
import pulumi, pulumi_kubernetes as kubernetes
kubeconfig, uid = os.environ["TRIAL_KUBECONFIG"], os.environ["TRIAL_CLUSTER"]
cluster = kubernetes.Provider("cluster", kubeconfig=kubeconfig, cluster_identifier=uid)
class Portal(pulumi.ComponentResource):
    def __init__(self):
        super().__init__("education:web:Portal", "portal", {})
        settings = kubernetes.core.v1.ConfigMap("settings", metadata={"namespace": "east-education-prod"}, data={"a": "b"},
            opts=pulumi.ResourceOptions(parent=self, provider=cluster))
        image = "registry.tiny.example/edu/portal@sha256:" + "0123456789abcdef" * 4
        kubernetes.core.v1.Pod("web", metadata={"name": "web", "namespace": "east-education-prod",
                "labels": {"app.kubernetes.io/name": "web"}},
            spec={"automount_service_account_token": False, "host_network": os.environ["TRIAL"] == "host",
                "containers": [{"name": "web", "image": image}],
                "volumes": [{"name": "settings", "config_map": {"name": settings.metadata.name}}]},
            opts=pulumi.ResourceOptions(parent=self, provider=None if os.environ["TRIAL"] == "ambient" else cluster))
Portal()
"""


@pytest.fixture(scope="module")
def trial(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Town:
    """Return a department's own project, with a provider of the city's cluster."""
    good(town.cityfabric("up"))
    root = tmp_path_factory.mktemp("trial")
    options = f"{{toolchain: pip, virtualenv: {BIN.parent}}}"
    (root / "Pulumi.yaml").write_text(f"name: trial\nruntime:\n  name: python\n  options: {options}\n", "utf-8")
    (root / "__main__.py").write_text(PROGRAM, "utf-8")
    uid = town.get("namespace", "kube-system")[0]["metadata"]["uid"]
    kubeconfig = Path(town.shell()["KUBECONFIG"]).read_text("utf-8")
    found = Town(town.instance, root, {"TRIAL_KUBECONFIG": kubeconfig, "TRIAL_CLUSTER": uid, "TRIAL": "good"})
    found._shell.update(town.shell() | found.extra)  # noqa: SLF001 - the same shell, in another folder
    good(found.pulumi("stack", "init", "trial"))
    for key, value in (("city", "tiny"), ("cluster", uid)):
        good(found.pulumi("config", "set", f"cityfabric:{key}", value, "--stack", "trial"))
    return found


def preview(trial: Town, what: str, *more: str) -> subprocess.CompletedProcess[str]:
    trial._shell["TRIAL"] = what  # noqa: SLF001 - as above
    return trial.pulumi("preview", "--stack", "trial", "--policy-pack", PACK, *more)


@pytest.mark.parametrize("part", ["city", "east", "west"])
def test_the_citys_own_stacks_pass(town: Town, part: str) -> None:
    answer = good(town.pulumi("preview", "--stack", town.stack(part), "--policy-pack", PACK))
    assert "mandatory" not in answer.stdout
    assert "✅ cityfabric" in answer.stdout


def test_what_a_department_may_build_passes(trial: Town) -> None:
    assert "✅ cityfabric" in good(preview(trial, "good")).stdout


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("host", "MR-04: the pod shares the host's network"),
        ("ambient", "MR-11: the default provider takes whatever cluster"),
    ],
)
def test_what_breaks_a_rule_is_refused_and_told(trial: Town, what: str, told: str) -> None:
    answer = preview(trial, what)
    assert answer.returncode != 0
    assert told in answer.stdout


def test_no_config_of_the_pack_switches_a_rule_off(trial: Town) -> None:
    config = trial.root / "off.json"
    config.write_text(json.dumps({"all": "disabled", "cityfabric-rules": "advisory"}), "utf-8")
    answer = preview(trial, "host", "--policy-pack-config", str(config))
    assert answer.returncode != 0
    assert "the config of the policy pack is not taken" in answer.stdout
