"""Onboarding: valid by construction, said before it is written, and not a character of what stands there is touched."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cityfabric.errors import UserError
from cityfabric.onboard.edit import with_entry
from infra.model.load import load_city
from tests.desk import ROOT, Desk

Run = Callable[..., Any]
TENANT = ["onboard", "tenant", "east", "tourism", "--owner", "statistics", "--email", "a@b.example"]
TENANT += ["--cost-code", "TINY-EAST-TOU", "--developer", "group:east-tourism"]
DISTRICT = ["onboard", "district", "north", "--zh", "北区", "--en", "North District", "--email", "a@north.example"]
DISTRICT += ["--administrator", "group:north", "--allotment", "cpu_millicores=400,memory_gib=1,storage_gib=2,pods=5"]


@pytest.fixture
def desk(project: Path) -> Desk:
    """Return the tiny city of the project in which commands run."""
    return Desk(project / "stacks" / "tiny")


def texts(desk: Desk) -> dict[str, str]:
    return {str(path.relative_to(desk.folder)): path.read_text("utf-8") for path in sorted(desk.folder.rglob("*.yaml"))}


def test_a_tenant_is_the_template_and_the_order(desk: Desk, run: Run) -> None:
    before = texts(desk)
    answer = run(*TENANT, "--consume", "population")
    assert answer.code == 0, answer.err
    city = desk.load().city
    assert city
    made, template = city.districts["east"].tenants["tourism"], city.templates["application"]
    assert (made.zone, made.egress, made.quota, made.environments) == (
        template.zone,
        template.egress,
        template.quota,
        template.environments,
    )
    assert made.template
    assert (made.template.name, made.template.version) == ("application", template.version)
    assert made.consumes == ("authentication", "population")
    assert made.title.zh == "东区小城统计局"
    after = texts(desk)
    assert [file for file in after if after[file] != before[file]] == ["districts/east.yaml"]
    assert after["districts/east.yaml"].startswith(before["districts/east.yaml"].rstrip("\n"))


def test_it_is_said_in_words_and_in_quota_first_and_a_dry_run_writes_nothing(desk: Desk, run: Run) -> None:
    before = texts(desk)
    answer = run(*TENANT, "--dry-run")
    assert answer.code == 0
    for words in (
        "for 小城统计局 Statistics Bureau",
        "namespace east-tourism-prod: cpu_millicores 400, memory_gib 1, storage_gib 2, pods 5",
        "zone extranet",
        "exchange via exchange-node",
        "cpu_millicores 100 of 2000",
        "uses the services, each by this name and with a service binding: authentication:8443",
    ):
        assert words in answer.out
    assert "nothing was written" in answer.err
    assert texts(desk) == before


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        (3, "education", "tenants.education is there already"),
        (3, "Tou_rism", "lower-case letters, digits and dashes"),
        (3, "x" * 31, "at most 30 characters"),
        (3, "-x", "lower-case letters, digits and dashes"),
        (2, "atlantis", "there is no district 'atlantis'"),
        (5, "atlantis", "there is no department 'atlantis'"),
        (9, "tiny", "2 to 5 groups of capitals"),
        (11, "somebody", "'group:NAME' or 'user:NAME'"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason_and_nothing_is_written(
    desk: Desk, run: Run, option: int, value: str, told: str
) -> None:
    before = texts(desk)
    arguments = list(TENANT)
    arguments[option] = value
    if value.startswith("-"):
        arguments = [*arguments[:2], *arguments[4:], "--", *arguments[2:4]]
    answer = run(*arguments)
    assert answer.code == 2
    assert told in answer.err
    assert "Traceback" not in answer.err
    assert texts(desk) == before


def test_a_tenant_that_the_district_has_no_quota_for_is_refused(desk: Desk, run: Run) -> None:
    assert run(*TENANT).code == 0
    second = list(TENANT)
    second[3] = "sports"
    before = texts(desk)
    answer = run(*second)
    assert answer.code == 2
    assert "over by" in answer.err
    assert texts(desk) == before


def test_a_district_gets_its_file_and_its_allotment(desk: Desk, run: Run) -> None:
    answer = run(*DISTRICT)
    assert answer.code == 0, answer.err
    city = desk.load().city
    assert city
    assert city.districts["north"].title.zh == "北区"
    assert city.city.allotments["north"].cpu_millicores == 400
    assert run(*DISTRICT).code == 2  # it is there now
    assert run(*[part if part != "east" else "north" for part in TENANT]).code == 0  # into `tenants: {}`
    again = desk.load().city
    assert again
    assert list(again.districts["north"].tenants) == ["tourism"]


def test_an_allotment_has_all_its_units(desk: Desk, run: Run) -> None:
    arguments = list(DISTRICT)
    arguments[-1] = "cpu_millicores=400"
    answer = run(*arguments)
    assert answer.code == 2
    assert "memory_gib=NUMBER" in answer.err
    assert not (desk.folder / "districts" / "north.yaml").exists()


def test_a_department_gets_its_file(desk: Desk, run: Run) -> None:
    order = ["onboard", "department", "tourism", "--zh", "旅游局", "--en", "Tourism Bureau", "--email", "duty@tourism.example"]
    assert run(*order).code == 0
    city = desk.load().city
    assert city
    assert city.departments["tourism"].title.en == "Tourism Bureau"
    assert run(*order).code == 2
    wrong = [part if part != "tourism" else "sports" for part in order]
    assert run(*wrong, "--build", "servers").code == 2


@given(
    st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.integers() | st.text(max_size=8), min_size=1, max_size=4),
    st.from_regex(r"[a-z]{9,12}", fullmatch=True),
    st.sampled_from(["", "\n", "# a remark\n", "\n# a remark\nafter: 1\n"]),
    st.booleans(),
)
def test_an_entry_more_changes_nothing_else(entries: dict[str, object], name: str, behind: str, flow: bool) -> None:  # noqa: FBT001
    written = {} if flow else {key: {"value": value, "list": [1, 2]} for key, value in entries.items()}
    body = yaml.safe_dump({"before": 1, "tenants": written}, allow_unicode=True, sort_keys=False)
    text = body + behind
    result = with_entry(text, "tenants", name, {"title": {"zh": "新", "en": "new"}, "list": ["a"]}, "x.yaml")
    expected = yaml.safe_load(text)
    expected["tenants"][name] = {"title": {"zh": "新", "en": "new"}, "list": ["a"]}
    assert yaml.safe_load(result) == expected
    assert [line for line in text.splitlines() if line and line not in result.splitlines()] in ([], ["tenants: {}"])


def test_a_mapping_on_one_line_is_refused() -> None:
    with pytest.raises(UserError, match="written on one line") as refusal:
        with_entry("tenants: {a: {b: 1}}\n", "tenants", "c", {}, "x.yaml")
    assert "a line of its own" in refusal.value.mend


def test_the_fleet_report_names_who_is_behind_and_in_what(desk: Desk, run: Run) -> None:
    assert run("fleet").code == 0
    desk.edit("templates/website.yaml", "version: 1", "version: 2")
    desk.edit("templates/website.yaml", "protection_level: 2", "protection_level: 3")
    answer = run("fleet", "--json")
    assert answer.code == 1
    (one,) = json.loads(answer.out)
    assert (one["district"], one["tenant"], one["version"], one["current"]) == ("west", "education", 1, 2)
    assert one["differences"] == {"protection_level": {"template": 3, "tenant": 2}}
    desk.edit("districts/west.yaml", "{name: website, version: 1}", "{name: website, version: 3}")
    refused = run("fleet")  # a version of the future takes the district out of the city, and is told by `up`
    assert refused.code == 0


@pytest.mark.parametrize("city", ["tiny", "hangzhou"])
def test_each_template_of_our_cities_makes_a_tenant_somewhere(city: str) -> None:
    loaded = load_city(ROOT / "stacks" / city)
    assert loaded.city
    assert len(loaded.city.templates) >= 2
