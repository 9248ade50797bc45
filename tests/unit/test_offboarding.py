"""Offboarding: how far one is, what it closes, what may be deleted, and the entry that is taken out of the data."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cityfabric.errors import UserError
from cityfabric.onboard.edit import with_entry, without_entry
from infra.cluster import Space
from infra.model import labels
from infra.model.city import City
from infra.model.load import load_city
from infra.model.offboarding import Offboarding, Stage, suspended
from infra.stacks.left_out import left_out
from infra.tenancy.bindings import bindings
from infra.tenancy.limits import hard
from tests.desk import ROOT, Desk
from tests.unit.conftest import Run

TODAY = date(2026, 11, 23)
UID = "01234567-89ab-cdef-0123-456789abcdef"
STEPS: dict[str, Any] = {
    "suspended": {"day": "2026-01-02"},
    "exported": {"day": "2026-01-03", "manifest": "ab" * 32, "files": 1, "size": 9, "namespaces": {"east-education-prod": UID}},
    "approval": {"by": "user:zhang", "day": "2026-11-22", "reason": "Ticket 9"},
    "erased": {"day": "2026-11-23", "certificate": "cd" * 32},
}


def leaver(*steps: str, until: str = "2026-11-21", **more: object) -> Offboarding:
    base = {"name": "gone", "tenant": "east/education", "reason": "why", "asked_by": "user:li", "asked_on": "2026-01-01"}
    held = {"retention": {"until": until, "basis": "a law"}}
    return Offboarding.model_validate({**base, **held, **{step: STEPS[step] for step in steps}, **more})


@pytest.mark.parametrize(
    ("one", "stage"),
    [
        (leaver(), Stage.ASKED),
        (leaver("suspended"), Stage.SUSPENDED),
        (leaver("suspended", "exported", until="2026-11-23"), Stage.HELD),
        (leaver("suspended", "exported", until="2026-11-22"), Stage.DUE),
        (leaver("suspended", "exported", "approval", until="2026-11-23"), Stage.HELD),
        (leaver("suspended", "exported", "approval"), Stage.APPROVED),
        (leaver("suspended", "exported", "approval", "erased"), Stage.ERASED),
        (leaver("suspended", withdrawn={"day": "2026-11-23"}), Stage.WITHDRAWN),
    ],
)
def test_the_stage_follows_from_the_steps_and_the_day(one: Offboarding, stage: Stage) -> None:
    assert one.stage(TODAY) is stage


def test_only_a_suspension_closes_and_only_what_it_speaks_of() -> None:
    both = ["prod", "test"]
    assert suspended([leaver()], "east", "education", both) == {}
    assert suspended([leaver("suspended")], "east", "education", both) == {"prod": "gone", "test": "gone"}
    assert suspended([leaver("suspended", environment="test")], "east", "education", both) == {"test": "gone"}
    assert suspended([leaver("suspended")], "west", "education", both) == {}
    assert suspended([leaver("suspended", withdrawn={"day": "2026-11-23"})], "east", "education", both) == {}
    assert suspended([leaver(*STEPS)], "east", "education", both) == {}


@pytest.fixture
def city() -> City:
    found = load_city(ROOT / "stacks" / "tiny").city
    assert found is not None
    return found


def space(uid: str = UID, environment: str = "prod") -> Space:
    marks = {labels.DISTRICT: "east", labels.TENANT: "education", labels.ENVIRONMENT: environment}
    return Space(f"east-education-{environment}", uid, marks)


def without_education(city: City, *leavers: Offboarding) -> City:
    tenants = {name: each for name, each in city.districts["east"].tenants.items() if name != "education"}
    east = city.districts["east"].model_copy(update={"tenants": tenants})
    return City(
        city.city,
        city.zones,
        city.services,
        city.departments,
        {**city.districts, "east": east},
        city.rooms,
        offboardings={each.name: each for each in leavers},
    )


def test_what_is_in_the_data_is_not_left_out(city: City) -> None:
    assert left_out(city, "east", [space(), space(environment="test")], TODAY) == []


@pytest.mark.parametrize(
    "one",
    [
        None,
        leaver(),
        leaver("suspended"),
        leaver("suspended", "exported"),
        leaver("suspended", "exported", "approval", until="2026-11-23"),
        leaver(*STEPS),
        leaver("suspended", "exported", "approval", withdrawn={"day": "2026-11-23"}),
        leaver("suspended", "exported", "approval", environment="test"),
        leaver("suspended", "exported", "approval", tenant="west/education"),
    ],
)
def test_leaving_a_tenant_out_is_refused_without_an_approved_erasure(city: City, one: Offboarding | None) -> None:
    (told,) = left_out(without_education(city, *([one] if one else [])), "east", [space()], TODAY)
    assert "stacks/tiny/districts/east.yaml: the namespace east-education-prod is on the cluster" in told
    assert "mend: write it back, or let the tenant leave as docs/how-to/leave.md says" in told


def test_an_approved_erasure_deletes_the_namespaces_that_were_exported_and_no_others(city: City) -> None:
    gone = without_education(city, leaver("suspended", "exported", "approval"))
    assert left_out(gone, "east", [space()], TODAY) == []
    assert left_out(gone, "east", [space("made-anew")], TODAY)
    assert left_out(gone, "east", [space(environment="test")], TODAY), "it was never exported"


def test_in_a_suspended_environment_there_are_only_those_who_look(city: City) -> None:
    east = city.districts["east"]
    kept = bindings(east.tenants["education"], east.administrators, "any", TODAY, suspended=True)
    assert {each.role for each in kept} <= {"auditor", "district-administrator"}
    assert {each.role for each in bindings(east.tenants["education"], east.administrators, "any", TODAY)} > {
        "deployer",
        "developer",
    }


def test_a_suspended_environment_has_room_for_the_platforms_one_pod_and_keeps_its_storage(city: City) -> None:
    quota = city.districts["east"].tenants["education"].quota
    assert hard(quota, suspended=True) == {**hard(quota), "pods": "1"}
    assert hard(quota.model_copy(update={"pods": 0}), suspended=True)["pods"] == "0"


NAMES = st.lists(st.from_regex(r"\A[a-z][a-z0-9]{0,5}\Z"), min_size=1, max_size=5, unique=True)


@given(names=NAMES, data=st.data())
def test_an_entry_that_was_added_is_taken_out_again_and_nothing_else(names: list[str], data: st.DataObject) -> None:
    text = "# head\nname: any\n\ntenants:\n" + "".join(
        f"  # of {one}\n  {one}:\n    quota: {{pods: 1}}\n    list: [a]\n" for one in names
    )
    text += "# tail\nafter: 1\n"
    fresh = data.draw(st.sampled_from(["new1234", "z"]).filter(lambda one: one not in names))
    assert without_entry(with_entry(text, "tenants", fresh, {"quota": {"pods": 2}}, "f"), ("tenants", fresh), "f") == text
    gone = data.draw(st.sampled_from(names))
    rest = without_entry(text, ("tenants", gone), "f")
    before = yaml.safe_load(text)
    del before["tenants"][gone]
    assert yaml.safe_load(rest) == before
    assert f"# of {gone}\n" not in rest
    assert all(f"# of {one}\n" in rest for one in names if one != gone)


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ("tenants: {a: 1, b: 2}\n", ("tenants", "a"), "is written on one line"),
        ("tenants:\n  a: 1\n", ("tenants", "b"), "has no tenants.b"),
        ("other: 1\n", ("tenants", "b"), "has no tenants.b"),
    ],
)
def test_what_cannot_be_taken_out_is_refused(text: str, path: tuple[str, ...], message: str) -> None:
    with pytest.raises(UserError, match=message):
        without_entry(text, path, "f")


def test_the_list_says_how_far_each_is_and_what_comes_next(run: Run) -> None:
    answer = run("offboard", "list", "--json", "--city", "tiny")
    (found,) = json.loads(answer.out)
    assert (answer.code, found["stage"], found["next"]) == (0, "asked", "run: cityfabric offboard suspend education-test")
    assert "education-test" in run("offboard", "list", "--city", "tiny").out


@pytest.mark.parametrize("step", ["export", "erase"])
def test_a_step_before_its_time_is_refused_with_the_next_one(run: Run, project: Path, step: str) -> None:
    before = (project / "stacks/tiny/offboardings/education-test.yaml").read_bytes()
    answer = run("offboard", step, "education-test", "--city", "tiny")
    assert answer.code == 2
    assert "education-test is asked, and this step needs it to be" in answer.err
    assert "cityfabric offboard suspend education-test" in answer.err
    assert (project / "stacks/tiny/offboardings/education-test.yaml").read_bytes() == before


def test_an_offboarding_that_is_not_there_and_faulty_data_are_told(run: Run, desk: Desk, project: Path) -> None:
    answer = run("offboard", "suspend", "nobody", "--city", "tiny")
    assert (answer.code, "choose among: education-test" in answer.err) == (2, True)
    Desk(project / "stacks/tiny").edit("offboardings/education-test.yaml", "until: 2026-12-31", "until: later")
    answer = run("offboard", "suspend", "education-test", "--city", "tiny")
    assert (answer.code, "retention.until" in answer.err) == (2, True)
    assert desk.folder != project
