"""Faults inside one file: each is told with its line, value, what is allowed and how to mend it."""

from dataclasses import dataclass

import pytest
from pydantic import ValidationError

from infra.model.base import Model
from infra.model.kinds import KINDS, Kind
from infra.model.parts import ENTRIES, STAND_INS
from tests.desk import Desk

EAST = "districts/east.yaml"
QUOTA = "tenants.education.quota.memory_gib"


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake in east.yaml, and words of what is said about it."""

    old: str
    new: str
    at: str  # the text in whose line the problem is
    field: str
    value: str
    message: str
    allowed: str
    mend: str = "write a value that is allowed"


FAULTS = [
    Fault(
        "    zone: extranet\n    quota: {cpu_millicores: 1000",
        "    zonne: extranet\n    zone: extranet\n    quota: {cpu_millicores: 1000",
        "zonne",
        "tenants.education.zonne",
        "",
        "the key is unknown",
        "the keys title, owner, contact, cost_code, protection_level, zone, egress, quota, reserve, environments",
        "did you mean 'zone'?",
    ),
    Fault("level: district\n", "", "$schema", "level", "", "required key", "one of municipal, district, county", "add 'level:'"),
    Fault("level: district", "level: distrikt", "distrikt", "level", "distrikt", "none of", "municipal", "mean 'district'?"),
    Fault("level: district", "level: 7", "level: 7", "level", "7", "none of the known values", "municipal, district, county"),
    Fault("level: district", "level: # none", "# none", "level", "null", "has no value", "one of municipal", "write one of"),
    Fault("memory_gib: 2,", "memory_gib: 2Gi,", "2Gi", QUOTA, "2Gi", "no whole number", "from 0 to", "the number alone"),
    Fault("memory_gib: 2,", "memory_gib: -2,", "-2,", QUOTA, "-2", "too small", "from 0 to 1000000000"),
    Fault("memory_gib: 2,", "memory_gib: 2.5,", "2.5", QUOTA, "2.5", "no whole number", "a whole number"),
    Fault("memory_gib: 2,", "memory_gib: true,", "true", QUOTA, "true", "no whole number", "a whole number"),
    Fault("cost_code: TINY-EAST-EDU", "cost_code: 12", "code: 12", "tenants.education.cost_code", "12", "no text", "capitals"),
    Fault("[group:east-administrators]", "group:x", "group:x", "administrators", "group:x", "is no list", "'group:NAME'"),
    Fault("[group:east-administrators]", "[]", "[]", "administrators", "a list of 0 items", "too few", "at least one item"),
    Fault("[group:east-administrators]", "[east]", "[east]", "administrators.0", "east", "written", "'group:NAME'"),
    Fault(
        "   auditor:",
        "   auditer:",
        "auditer",
        "tenants.education.roles.auditer",
        "auditer",
        "name",
        "one of developer",
        "rename",
    ),
    Fault("  civil-affairs:\n", "  Civil_A:\n", "Civil_A", "tenants.Civil_A", "Civil_A", "name", "lower-case letters", "rename"),
    Fault(
        "protection_level: 2", "protection_level: 5", "level: 5", "tenants.education.protection_level", "5", "too large", "1 to 4"
    ),
    Fault("title: {zh: 东区, en: East District}", "title: East", "title: East", "title", "East", "is no mapping", "zh, en"),
    Fault("en: East District", "en: ' '", "en: ' '", "title.en", " ", "not written", "one line"),
    Fault("email: cloud@east.tiny.example", "email: Cloud", "Cloud", "contact.email", "Cloud", "not written", "e-mail"),
    Fault("name: east\n", "name: est\n", "name: est", "name", "est", "not the name of its file", "east", "to est.yaml"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.field}={fault.value}")
def test_a_fault_is_told_completely(desk: Desk, fault: Fault) -> None:
    desk.edit(EAST, fault.old, fault.new)
    problem = desk.only_problem()
    assert (problem.file, problem.line, problem.district) == (EAST, desk.line(EAST, fault.at), "east")
    assert (problem.field, problem.value) == (fault.field, fault.value)
    assert fault.message in problem.message
    assert fault.allowed in problem.allowed
    assert fault.mend in problem.mend


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_stand_ins_are_there_and_faultless(kind: Kind[Model]) -> None:
    single = kind.model.model_fields.keys() - ENTRIES
    assert single <= STAND_INS.keys()
    with pytest.raises(ValidationError) as caught:
        kind.model.model_validate({name: STAND_INS[name] for name in single} | {"unknown": 1})
    assert {error["loc"][0] for error in caught.value.errors()} <= ENTRIES | {"unknown"}
