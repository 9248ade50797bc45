"""A stack's config says which slice of the city it is; what is wrong is refused all at once, each with what mends it."""

from pathlib import Path

import pulumi
import pytest

from infra.model.city import City
from infra.model.load import Loaded
from infra.model.organisation import CityFile
from infra.model.problem import Problem
from infra.model.tenant import District
from infra.model.zone import Zones
from infra.stacks.slice import Slice, read_slice, select
from tests.engine import ROOT, Engine, Outcome

TITLE = {"zh": "城", "en": "City"}
AMOUNT = {"cpu_millicores": 1, "memory_gib": 1, "storage_gib": 1, "pods": 1}
CONTACT = {"email": "duty@city.example"}
DISTRICT = Slice(city="tiny", cluster="uid", district="xihu")
CITY = Slice(city="tiny", cluster="uid", district=None)


def read(engine: Engine, **config: str) -> tuple[list[Slice], list[str]]:
    found: list[Slice] = []
    outcome = Outcome()
    try:
        engine.run(
            lambda: found.append(read_slice(pulumi.Config("cityfabric"))),
            config={f"cityfabric:{key}": value for key, value in config.items()},
            outcome=outcome,
        )
    except pulumi.RunError as refusal:
        return found, [*outcome.errors, str(refusal)]
    return found, outcome.errors


def problem(district: str | None) -> Problem:
    return Problem("f.yaml", 3, "a.b", "c", "is wrong", "right", f"edit {district}", district)


def city(zones: Zones) -> City:
    declared = {"name": "xihu", "title": TITLE, "level": "district", "contact": CONTACT, "administrators": ["group:a"]}
    file = {
        "name": "tiny",
        "title": TITLE,
        "contact": CONTACT,
        "registry": "images.city.example",
        "capacity": AMOUNT,
        "allotments": {"xihu": AMOUNT, "yuhang": AMOUNT},
    }
    return City(
        city=CityFile.model_validate(file),
        zones=zones,
        services={},
        departments={},
        districts={"xihu": District.model_validate({**declared, "tenants": {}})},
        rooms={},
        broken=frozenset({"yuhang"}),
    )


def test_config_says_which_slice(engine: Engine) -> None:
    assert read(engine, kind="city", city="tiny", cluster="uid") == ([CITY], [])
    assert read(engine, kind="district", city="tiny", cluster="uid", district="xihu") == ([DISTRICT], [])


def test_everything_wrong_with_the_config_is_told_at_once(engine: Engine) -> None:
    found, errors = read(engine, kind="region")
    assert not found
    assert [error.split(":")[2].split()[0] for error in errors[:-1]] == ["kind", "city", "cluster"]
    for error in errors[:-1]:
        assert "mend: pulumi config set cityfabric:" in error
    assert errors[-1].startswith("3 problem(s)")


@pytest.mark.parametrize(
    ("config", "mend"),
    [
        ({"kind": "district", "city": "tiny"}, "pulumi config set cityfabric:district NAME"),
        ({"kind": "city", "city": "tiny", "district": "xihu"}, "pulumi config rm cityfabric:district"),
        ({"kind": "city", "city": "../tiny"}, "pulumi config set cityfabric:city NAME"),
        ({"kind": "city", "city": ".."}, "pulumi config set cityfabric:city NAME"),
    ],
)
def test_config_that_does_not_fit_is_refused(engine: Engine, config: dict[str, str], mend: str) -> None:
    found, errors = read(engine, cluster="uid", **config)
    assert not found
    assert errors[0].endswith(f"mend: {mend}")


def test_a_broken_district_stops_itself_alone(engine: Engine, zones: Zones) -> None:
    loaded = Loaded(city=city(zones), problems=(problem("yuhang"),))
    assert select(DISTRICT, loaded) is loaded.city
    assert select(CITY, loaded) is loaded.city
    outcome = Outcome()
    broken = Slice(city="tiny", cluster="uid", district="yuhang")
    with pytest.raises(pulumi.RunError, match=r"1 problem\(s\)"):
        engine.run(lambda: select(broken, loaded) and None, outcome=outcome)
    assert outcome.errors == ["stacks/tiny/f.yaml:3: a.b = c: is wrong; allowed: right; mend: edit yuhang"]


@pytest.mark.parametrize("chosen", [CITY, DISTRICT])
def test_a_problem_of_the_whole_city_stops_every_stack(engine: Engine, zones: Zones, chosen: Slice) -> None:
    outcome = Outcome()
    loaded = Loaded(city=city(zones), problems=(problem(None), problem("yuhang")))
    with pytest.raises(pulumi.RunError):
        engine.run(lambda: select(chosen, loaded) and None, outcome=outcome)
    assert outcome.errors == [f"stacks/tiny/{problem(None)}"]


def test_a_city_that_was_not_loaded_is_never_nothing_to_do() -> None:
    with pytest.raises(pulumi.RunError, match="not loaded"):
        select(CITY, Loaded(city=None, problems=()))


def test_an_unknown_district_is_refused_with_those_that_there_are(engine: Engine, zones: Zones) -> None:
    outcome = Outcome()
    unknown = Slice(city="tiny", cluster="uid", district="shangcheng")
    with pytest.raises(pulumi.RunError):
        engine.run(lambda: select(unknown, Loaded(city=city(zones), problems=())) and None, outcome=outcome)
    assert "allowed: xihu;" in outcome.errors[0]


@pytest.mark.parametrize("program", sorted(ROOT.glob("*/stacks/*.py")), ids=lambda path: path.name)
def test_programs_stay_small(program: Path) -> None:
    assert len(program.read_text(encoding="utf-8").splitlines()) <= 60
