"""Numbers of a YAML text are changed, and not a character beside them."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cityfabric.quotas.edit import with_numbers
from infra.model.words import FieldPath
from tests.desk import ROOT

TEXT = """# 中文 comment, 5
tenants:
  one:  # pods: 5
    title: {zh: 一, en: "pods: 5"}
    quota: { pods : 5,   cpu: '5' , memory: 5 }  # five
    list: [5, 5]
  two:
    quota:
      pods:
        5   # far away
      cpu: 5
"""


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (("tenants", "one", "quota", "pods"), "pods : 5,", "pods : 123,"),
        (("tenants", "one", "quota", "memory"), "memory: 5 }", "memory: 123 }"),
        (("tenants", "one", "quota", "cpu"), "cpu: '5' ,", "cpu: 123 ,"),
        (("tenants", "two", "quota", "pods"), "        5   #", "        123   #"),
        (("tenants", "two", "quota", "cpu"), "      cpu: 5\n", "      cpu: 123\n"),
    ],
)
def test_one_number_is_replaced_where_it_stands(path: FieldPath, old: str, new: str) -> None:
    assert TEXT.count(old) == 1
    assert with_numbers(TEXT, {path: 123}) == TEXT.replace(old, new)


def test_several_numbers_of_one_line_are_replaced_together() -> None:
    first, second = ("tenants", "one", "quota", "pods"), ("tenants", "one", "quota", "memory")
    told = TEXT.replace("pods : 5,", "pods : 1000,").replace("memory: 5 }", "memory: 0 }")
    assert with_numbers(TEXT, {first: 1000, second: 0}) == with_numbers(TEXT, {second: 0, first: 1000}) == told


@pytest.mark.parametrize("path", [("tenants", "three"), ("tenants", "one", "quota"), ("tenants", "one", "list", 0), ("x",), ()])
def test_a_field_that_is_no_number_is_refused(path: FieldPath) -> None:
    with pytest.raises(LookupError):
        with_numbers(TEXT, {path: 1})


FILES = sorted(ROOT.glob("stacks/*/districts/*.yaml"))
UNITS = ("cpu_millicores", "memory_gib", "storage_gib", "pods")


@given(st.sampled_from(FILES), st.data())
def test_any_quota_of_any_district_is_changed_and_nothing_else(file: Path, data: st.DataObject) -> None:
    text = file.read_text("utf-8")
    known = yaml.load(text, Loader=yaml.CSafeLoader)
    tenant = data.draw(st.sampled_from(sorted(known["tenants"])))
    environment = data.draw(st.sampled_from(sorted(known["tenants"][tenant]["environments"])))
    path = ("tenants", tenant, "environments", environment, "quota", data.draw(st.sampled_from(UNITS)))
    number = data.draw(st.integers(0, 1_000_000_000))
    changed = with_numbers(text, {path: number})
    inner = known
    for part in path[:-1]:
        inner = inner[part]
    before, inner[path[-1]] = inner[path[-1]], number
    assert yaml.load(changed, Loader=yaml.CSafeLoader) == known
    assert with_numbers(changed, {path: before}) == text
