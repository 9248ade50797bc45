"""Names: what the data lets in, Kubernetes and DNS let in too, and no two environments share a namespace."""

import re
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from infra.model import labels
from infra.model.base import NAME_PATTERN, Name
from infra.model.check_tenants import check_namespaces
from infra.model.parts import Part, Parts
from infra.model.tenant import District
from infra.model.yamlfile import Document

# As Kubernetes has it: k8s.io/apimachinery/pkg/util/validation, IsDNS1123Label and IsDNS1035Label (RFC 1123, RFC 1035).
LABEL, LABEL_1035 = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", r"[a-z]([-a-z0-9]*[a-z0-9])?"
NAMES = st.from_regex(NAME_PATTERN.replace("^", r"\A").replace("$", r"\Z"))
SHORT = st.sampled_from(["a", "b", "a-b", "b-c", "a-b-c", "c", "prod", "b-prod"])
AMOUNT = {"cpu_millicores": 0, "memory_gib": 0, "storage_gib": 0, "pods": 0}


@given(NAMES)
def test_a_name_is_a_label_of_dns_and_of_kubernetes_wherever_it_is_used(name: str) -> None:
    assert re.fullmatch(LABEL_1035, name)
    assert len(name) <= 30
    assert len(labels.zone_namespace(name)) <= labels.MAX_NAMESPACE
    assert len(labels.consumes(name).split("/")[1]) <= 63


@given(st.text(max_size=40) | st.text(alphabet="ab1-_A.\n", max_size=40))
def test_any_text_is_a_name_exactly_if_it_is_a_short_label_that_begins_with_a_letter(text: str) -> None:
    try:
        TypeAdapter(Name).validate_python(text)
    except ValidationError:
        assert not re.fullmatch(LABEL_1035, text) or len(text) > 30
    else:
        assert re.fullmatch(LABEL_1035, text)
        assert len(text) <= 30


def part(name: str, tenants: dict[str, list[str]]) -> Part[District]:
    tenant = {
        "title": {"zh": "户", "en": "Any"},
        "owner": "any",
        "contact": {"email": "a@b.example"},
        "cost_code": "ANY-A1",
        "protection_level": 1,
        "zone": "any",
        "quota": AMOUNT,
        "roles": {"developer": ["group:any"]},
    }
    whole = {each: {**tenant, "environments": {one: {"quota": AMOUNT} for one in names}} for each, names in tenants.items()}
    document = {
        "name": name,
        "title": {"zh": "区", "en": "Any"},
        "level": "district",
        "contact": {"email": "a@b.example"},
        "administrators": ["group:any"],
        "tenants": whole,
    }
    return Part(f"districts/{name}.yaml", District.model_validate(document), Document(), name)


DISTRICTS = st.dictionaries(
    SHORT | NAMES,
    st.dictionaries(SHORT | NAMES, st.lists(SHORT | NAMES, min_size=1, max_size=3, unique=True), max_size=3),
    max_size=3,
)


@given(DISTRICTS)
def test_each_namespace_is_allowed_and_of_one_environment_or_that_is_told(districts: dict[str, dict[str, list[str]]]) -> None:
    parts = Parts(
        Part("city.yaml", None, Document()),
        Part("zones.yaml", None, Document()),
        Part("services.yaml", None, Document()),
        districts={name: part(name, tenants) for name, tenants in districts.items()},
    )
    made = Counter(
        labels.namespace_name(district, tenant, environment)
        for district, tenants in districts.items()
        for tenant, environments in tenants.items()
        for environment in environments
    )
    told = [problem.message for problem in check_namespaces(parts)]
    for name, times in made.items():
        assert any(f"the namespace {name} is" in message for message in told) == (times > 1)
        assert any(f"its namespace {name} has" in message for message in told) == (len(name) > 63)
        assert re.fullmatch(LABEL, name)
