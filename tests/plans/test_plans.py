"""What each kind of stack would make, kept as a short summary beside this test: counts and what a reviewer looks at.

A drift fails with the difference. If it is meant: PLANS=write .venv/bin/pytest tests/plans
"""

import os
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest
import yaml

from infra.model import labels
from infra.model.city import City
from infra.model.load import load_city
from infra.network.platform import Door
from infra.outputs import export
from infra.stacks import city as platform
from infra.stacks import district
from infra.stacks.program import main
from tests.engine import ROOT, Engine, Outcome, Registered

HERE = Path(__file__).parent
REGENERATE = "PLANS=write .venv/bin/pytest tests/plans"
CITIES = {"tiny": True, "hangzhou": False}  # whether each object of interest is listed, or counts alone
TODAY = date(2026, 11, 23)
DOORS = (Door(address="10.0.0.1", port=443),)
SHOWN = (labels.PART, labels.ZONE, labels.EGRESS, labels.OWNER, labels.PROTECTION_LEVEL)


class Indented(yaml.SafeDumper):
    """Indents lists, as yamllint wants them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002  # as its base
        """Indent the next level."""
        super().increase_indent(flow, indentless=False)


def provider(_: str = "uid") -> kubernetes.Provider:
    return kubernetes.Provider("cluster", kubeconfig="{}")


def plan(engine: Engine, city: City, name: str | None) -> Outcome:
    """Run the builder of one stack."""

    def program() -> None:
        opts = pulumi.ResourceOptions(providers=[provider()])
        if name is None:
            export(platform.build(city, "uid", opts, DOORS))
        else:
            export(district.build(city, name, "uid", opts, TODAY))

    return engine.run(program)


def by_urn(outcome: Outcome) -> dict[str, Registered]:
    return {each.urn: each for each in outcome.resources}


def summary(outcome: Outcome, *, detailed: bool) -> dict[str, Any]:
    made = [each for each in outcome.resources if each.type != "pulumi:pulumi:Stack"]
    result: dict[str, Any] = {"counts": dict(sorted(Counter(each.type for each in made).items()))}
    if detailed:
        result["exports"] = dict(outcome.exports)
        result["namespaces"] = {name: namespace(outcome, name) for name in sorted(outcome.of("Namespace"))}
    return result


def namespace(outcome: Outcome, name: str) -> dict[str, Any]:
    marks = outcome.of("Namespace")[name].inputs["metadata"]["labels"]
    quota = outcome.of("ResourceQuota").get(f"{name}/quota")
    own = f"{name}/"
    return {
        "labels": {key.removeprefix(f"{labels.PREFIX}/"): marks[key] for key in SHOWN if key in marks},
        "policies": sorted(each.removeprefix(own) for each in outcome.of("NetworkPolicy") if each.startswith(own)),
        "roles": sorted(each.removeprefix(own) for each in outcome.of("RoleBinding") if each.startswith(own)),
        "services": {
            each.removeprefix(own): service(one) for each, one in sorted(outcome.of("Service").items()) if each.startswith(own)
        },
        "secrets": {
            each.removeprefix(own): one.inputs["type"]
            for each, one in sorted(outcome.of("Secret").items())
            if each.startswith(own)
        },
        "quota": dict(sorted(quota.inputs["spec"]["hard"].items())) if quota else None,
    }


def service(made: Registered) -> str:
    """Return where a Service leads: to another name, or to pods."""
    spec = made.inputs["spec"]
    ports = ", ".join(str(int(each["port"])) for each in spec["ports"])
    return f"{spec.get('externalName') or ', '.join('='.join(each) for each in spec['selector'].items())}:{ports}"


def summaries(engine: Engine, name: str) -> dict[str, Any]:
    loaded = load_city(ROOT / "stacks" / name)
    assert not loaded.problems
    assert loaded.city is not None
    slices = {"city": None, **{f"district {each}": each for each in sorted(loaded.city.districts)}}
    return {title: summary(plan(engine, loaded.city, each), detailed=CITIES[name]) for title, each in slices.items()}


@pytest.mark.parametrize("city", CITIES)
def test_plan_is_what_was_reviewed(engine: Engine, city: str) -> None:
    file = HERE / f"{city}.yaml"
    now = f"# Made by: {REGENERATE}\n---\n{yaml.dump(summaries(engine, city), Dumper=Indented, sort_keys=False, width=120)}"
    if os.environ.get("PLANS") == "write":
        file.write_text(now, encoding="utf-8")
    kept = file.read_text(encoding="utf-8") if file.exists() else ""
    assert now == kept, f"the plan of {city} is not the reviewed one; if it is meant: {REGENERATE}"


def test_program_makes_what_its_builder_makes(engine: Engine) -> None:
    loaded = load_city(ROOT / "stacks" / "tiny")
    assert loaded.city is not None
    name = min(loaded.city.districts)
    config = {"kind": "district", "city": "tiny", "district": name, "cluster": "uid"}
    settings = {f"cityfabric:{key}": value for key, value in config.items()}
    made = engine.run(lambda: main(provider, lambda: DOORS, lambda _: [], frozenset), config=settings)
    assert summary(made, detailed=True) == summary(plan(engine, loaded.city, name), detailed=True)


def test_a_tenant_is_in_the_stack_of_its_district_alone(engine: Engine) -> None:
    city = load_city(ROOT / "stacks" / "tiny").city
    assert city is not None
    changed, *others = sorted(city.districts)
    without = replace(city, districts={**city.districts, changed: city.districts[changed].model_copy(update={"tenants": {}})})
    for name in (None, *others):
        assert by_urn(plan(engine, without, name)) == by_urn(plan(engine, city, name))
    assert not plan(engine, without, changed).of("Tenant")
