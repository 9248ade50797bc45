"""A name that the department took before it declared the service: refused in words, before anything is changed."""

import pulumi
import pytest

from infra.model.city import City
from infra.model.load import load_city
from infra.stacks.program import main
from infra.tenancy.consumed import taken
from tests.engine import ROOT, Engine, Outcome
from tests.plans.test_plans import DOORS, provider

CONFIG = {"kind": "district", "city": "tiny", "district": "east", "cluster": "uid"}


@pytest.fixture
def city() -> City:
    found = load_city(ROOT / "stacks" / "tiny").city
    assert found is not None
    return found


def test_a_service_of_the_department_is_told_with_what_mends_it(city: City) -> None:
    (told,) = taken(city, "east", {("east-education-prod", "population"), ("east-education-prod", "web")})
    assert told.startswith("the Service population in east-education-prod is the department's own")
    assert told.endswith("take population out of tenants.education.consumes in stacks/tiny/districts/east.yaml")


def test_the_same_name_elsewhere_is_nobody_s_business(city: City) -> None:
    others = {("east-civil-affairs-prod", "population"), ("west-education-prod", "authentication"), ("default", "population")}
    assert taken(city, "east", others) == []


def test_the_stack_refuses_and_makes_nothing(engine: Engine) -> None:
    outcome, others = Outcome(), {("east-education-prod", "population"), ("east-education-test", "authentication")}
    config = {f"cityfabric:{key}": value for key, value in CONFIG.items()}
    with pytest.raises(pulumi.RunError, match=r"2 problem\(s\).*nothing was changed"):
        engine.run(lambda: main(provider, lambda: DOORS, lambda _: [], lambda: others), config=config, outcome=outcome)
    assert len(outcome.errors) == 2
    assert not outcome.of("Namespace")
