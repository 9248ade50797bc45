"""Which stacks a run works on, and in which order; the engine is made up here."""

from collections.abc import Callable
from typing import Any

import pytest

from cityfabric import configs, engine, platform
from cityfabric.engine import Outcome
from cityfabric.errors import Exit, UserError
from cityfabric.settings import Settings
from cityfabric.up import up
from tests.desk import ROOT

Ran = list[str]


@pytest.fixture
def settings() -> Settings:
    """Return the settings of the model city on a sandbox."""
    state = ROOT / "states" / "sandbox"
    return Settings(ROOT, "cityfabric", "hangzhou", "sandbox", state, state / "kubeconfig", sandbox=True)


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Ran:
    """Return the stacks that the engine was run on; it fails for those whose name ends with one of `fails`."""
    return engine_that(monkeypatch, lambda _: False)


def engine_that(monkeypatch: pytest.MonkeyPatch, fails: Callable[[str], bool]) -> Ran:
    found: Ran = []

    def run(_settings: object, _tools: object, stack: str, *_: Any) -> Outcome:  # noqa: ANN401 - what engine.run takes
        found.append(stack)
        return Outcome(stack, {"same": 1}, ("broken",) if fails(stack) else ())

    monkeypatch.setattr("cityfabric.up.WORKERS", 1)  # in order
    monkeypatch.setattr(engine, "run", run)
    monkeypatch.setattr(platform, "bring_up", lambda *_: None)
    monkeypatch.setattr(platform, "identity", lambda _: "uid")
    monkeypatch.setattr(configs, "prepare", lambda *_: None)
    monkeypatch.setattr("cityfabric.up.put_back", lambda *_: [])
    return found


def test_the_whole_city_is_the_citys_stack_and_then_each_districts(settings: Settings, ran: Ran) -> None:
    code, outcomes = up(settings)
    assert code is Exit.GOOD
    assert ran[0] == "sandbox.hangzhou.city"
    assert ran[1] == "sandbox.hangzhou.municipal"  # the largest, so that it is not left for the end
    assert len(set(ran)) == len(ran) == len(outcomes) == 15


def test_named_districts_are_provisioned_once_each_the_largest_first(settings: Settings, ran: Ran) -> None:
    up(settings, ["xihu", "municipal", "xihu"])
    assert sorted(ran) == ["sandbox.hangzhou.municipal", "sandbox.hangzhou.xihu"]
    assert ran[0] == "sandbox.hangzhou.municipal"


def test_no_district_is_begun_when_the_citys_own_stack_fails(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = engine_that(monkeypatch, lambda stack: stack.endswith(".city"))
    code, outcomes = up(settings)
    assert (code, ran, len(outcomes)) == (Exit.FINDINGS, ["sandbox.hangzhou.city"], 1)


def test_a_district_that_fails_does_not_stop_the_others(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = engine_that(monkeypatch, lambda stack: stack.endswith(".xihu"))
    code, outcomes = up(settings)
    assert (code, len(ran)) == (Exit.FINDINGS, 15)
    assert [one.stack for one in outcomes if one.errors] == ["sandbox.hangzhou.xihu"]


def test_an_unknown_district_is_told_before_anything_is_done(settings: Settings, ran: Ran) -> None:
    with pytest.raises(UserError, match="no faultless district atlantis") as refusal:
        up(settings, ["xihu", "atlantis"])
    assert "gongshu" in refusal.value.mend
    assert not ran
