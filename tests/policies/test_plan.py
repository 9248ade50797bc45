"""The dispatcher lets nothing pass that it could not judge, and says what to do."""

import re
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import deserialize, policy, proxy

from infra.model import labels
from policies import beyond, city
from policies.kinds import POD_TEMPLATES, split
from policies.plain import MARKERS, UNKNOWN, plain
from policies.plan import subjects
from policies.run import Run, listen
from tests.engine import ROOT
from tests.policies.analyzer import CITYS, RUN, UID, analyse, catalogue, servicer

POD = next(each.example.object for each in catalogue().examples if (each.rule, each.name) == ("MR-04", "restricted"))
TINY = "internet:3 extranet:3 exchange:3 data:3 management:3"
BAD = {**POD, "spec": {**POD["spec"], "hostNetwork": True}}


def test_a_message_is_one_line_that_says_what_where_and_what_instead() -> None:
    (message,) = analyse("kubernetes:core/v1:Pod", BAD, CITYS)
    assert message == (
        "MR-04: the pod shares the host's network, processes or memory; instead: start from the application template "
        "(docs/how-to/add-a-tenant.md); waiver: the e-government office, at most 30 days"
    )


@pytest.mark.parametrize("rule", catalogue().rules)
def test_every_message_fits_what_the_api_server_shows(rule: str) -> None:
    record = catalogue().rules[rule]
    for check in record.checks:
        message = record.message(check.message)
        assert "\n" not in message
        assert len(message) < 1000


def test_all_that_is_wrong_is_told_at_once() -> None:
    bad = {**BAD, "spec": {**BAD["spec"], "nodeName": "room", "hostAliases": [{"ip": "10.0.0.1", "hostnames": ["db"]}]}}
    assert {message.split(":")[0] for message in analyse("kubernetes:core/v1:Pod", bad, CITYS)} == {"MR-04", "MR-05", "MR-07"}


def test_a_rule_that_raises_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: beyond.Planned) -> Any:  # noqa: ANN401 - never returns
        raise KeyError("spec")

    monkeypatch.setattr(beyond, "RULES", dict(beyond.RULES))
    monkeypatch.setattr("policies.plan.RULES", {**beyond.RULES, "package": broken})
    (message,) = analyse("kubernetes:core/v1:Pod", POD, CITYS)
    assert message.startswith("GV-03: the resource cannot be judged (KeyError: 'spec')")


@pytest.mark.parametrize("spec", ["text", ["list"], 7, {"containers": "text"}, {"containers": [7]}, {"containers": {"a": 1}}])
def test_an_object_that_has_not_the_shape_of_its_kind_is_refused(spec: object) -> None:
    messages = analyse("kubernetes:core/v1:Pod", {**POD, "spec": spec}, CITYS)
    assert any("cannot be evaluated" in message for message in messages)


@pytest.mark.parametrize("number", [1e300, 2.0**70, -(2.0**70)])
def test_a_number_that_no_cluster_could_hold_is_refused_and_not_passed(number: float) -> None:
    data = {**BAD, "spec": {**BAD["spec"], "activeDeadlineSeconds": number}}
    assert any(message.startswith("MR-04") for message in analyse("kubernetes:core/v1:Pod", data, CITYS))


@pytest.mark.parametrize("token", ["kubernetes:core/v1:Pod", "kubernetes:core/v1:PodPatch", "kubernetes:apps/v1:Whatever"])
def test_the_kind_is_that_of_the_object(token: str) -> None:
    assert analyse(token, BAD, CITYS)


def test_without_a_kind_in_the_object_the_token_says_it() -> None:
    bare = {key: value for key, value in BAD.items() if key not in {"apiVersion", "kind"}}
    assert analyse("kubernetes:core/v1:PodPatch", bare, CITYS)
    assert analyse("kubernetes:core/v1:PodList", {"items": [bare]}, CITYS)
    assert analyse("kubernetes:core/v1:PodList", {"apiVersion": "v1", "kind": "PodList", "items": [POD, BAD]}, CITYS)


def test_the_platforms_namespaces_are_known_by_their_names() -> None:
    for namespace in ("kube-system", "cityfabric-platform", "zone-data"):
        assert analyse("kubernetes:core/v1:Pod", {**BAD, "metadata": {"name": "a", "namespace": namespace}}, CITYS) == []
    for namespace in ("kube-system-x", "east-zone-prod", "cityfabric-platform2", "Zone-data"):
        assert analyse("kubernetes:core/v1:Pod", {**BAD, "metadata": {**POD["metadata"], "namespace": namespace}}, CITYS)


def test_the_platforms_labels_exempt_nobody() -> None:
    marked = {**BAD["metadata"], "labels": {**BAD["metadata"]["labels"], "app.kubernetes.io/managed-by": "cityfabric"}}
    assert analyse("kubernetes:core/v1:Pod", {**BAD, "metadata": marked}, CITYS)


def test_an_unknown_namespace_is_a_departments() -> None:
    hidden = {**BAD["metadata"], "namespace": proxy.UNKNOWN_STRING_VALUE}
    assert analyse("kubernetes:core/v1:Pod", {**BAD, "metadata": hidden}, CITYS)


def test_every_kind_that_holds_pods_is_taken_apart() -> None:
    for name in POD_TEMPLATES:
        kind = split(name)[1]
        examples = [each for each in catalogue().examples if each.rule == "MR-04" and each.example.object["kind"] == kind]
        assert examples or kind == "DaemonSet", kind


def test_whole_numbers_are_whole_and_marks_are_found() -> None:
    assert len(MARKERS) == 7
    for marker in MARKERS:
        made = plain({"a": [1.0, 2.5, marker], "b": f"x{marker}", marker: "c", "gone": None})
        assert made.data == {"a": [1, 2.5, UNKNOWN], "b": f"x{marker}", marker: "c"}
        assert made.unknown == [("a", 2)]
        assert made.forged == [("b",), (marker,)]


def test_a_secret_is_seen_as_what_it_is() -> None:
    secret = {deserialize.SPECIAL_SIG_KEY: deserialize.SPECIAL_SECRET_SIG, "value": True}
    assert analyse("kubernetes:core/v1:Pod", {**POD, "spec": {**POD["spec"], "hostNetwork": secret}}, CITYS)
    whole = {deserialize.SPECIAL_SIG_KEY: deserialize.SPECIAL_SECRET_SIG, "value": BAD["spec"]}
    assert analyse("kubernetes:core/v1:Pod", {**POD, "spec": whole}, CITYS)
    masked = {**POD["spec"], "hostNetwork": "[secret]"}
    (message,) = analyse("kubernetes:core/v1:Pod", {**POD, "spec": masked}, CITYS)
    assert message.startswith("GV-03: MR-04 reads spec.hostNetwork")


def test_rules_name_only_labels_of_the_model() -> None:
    texts = [check.cel for rule in catalogue().rules.values() for check in rule.checks]
    known = {value for name, value in vars(labels).items() if name.isupper()}
    for found in re.findall(rf"{labels.PREFIX}/[a-z-]*", " ".join(texts)):
        assert found in {*known, f"{labels.PREFIX}/"}, found


def test_in_a_run_that_is_no_preview_nothing_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    data = {**POD, "metadata": {**POD["metadata"], "annotations": {"note": proxy.UNKNOWN_NUMBER_VALUE}}}
    assert analyse("kubernetes:core/v1:Pod", data, CITYS) == []
    monkeypatch.setattr(RUN, "dry_run", False)
    (message,) = analyse("kubernetes:core/v1:Pod", data, CITYS)
    assert message.startswith("GV-03: metadata.annotations.note holds the mark")


def test_a_subject_of_a_list_knows_its_own_unknowns() -> None:
    props = plain({"items": [{"kind": "Pod", "spec": proxy.UNKNOWN_OBJECT_VALUE}], "kind": "PodList", "apiVersion": "v1"})
    (subject,) = subjects("kubernetes:core/v1:PodList", props)
    assert list(subject.unknown) == [("spec",)]
    assert (subject.group, subject.kind) == ("", "Pod")


def test_the_citys_values_come_from_its_data() -> None:
    assert city.params({"cityfabric:city": "tiny", "cityfabric:cluster": "uid"}) == {
        "clusters": "uid",
        "registry": "registry.tiny.example",
        "domain": "cluster.local",
        "levels": TINY,
    }


@pytest.mark.parametrize("name", ["", "../tiny", "nowhere", ".", "templates"])
def test_without_the_citys_data_there_are_no_values(name: str) -> None:
    assert city.params({"cityfabric:city": name}) == {}


def test_without_values_the_rules_that_read_them_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RUN, "params", RUN.params)
    kept = dict(RUN.params)
    try:
        RUN.take({}, dry_run=True)
        assert {message.split(":")[0] for message in analyse("kubernetes:core/v1:Pod", POD, CITYS)} == {"MR-11", "OP-01"}
    finally:
        RUN.params.update(kept)


def test_the_engine_says_config_and_preview_and_may_switch_off_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    sdk = policy._PolicyAnalyzerServicer  # noqa: SLF001 - the SDK does not export it
    monkeypatch.setattr(sdk, "ConfigureStack", sdk.ConfigureStack)
    monkeypatch.setattr(sdk, "Configure", sdk.Configure)
    heard = Run()
    listen(heard)
    config = {"cityfabric:city": "tiny", "cityfabric:cluster": UID}
    servicer().ConfigureStack(analyzer_pb2.AnalyzerStackConfigureRequest(config=config, dry_run=False), None)
    assert heard == Run(
        {"clusters": UID, "registry": "registry.tiny.example", "domain": "cluster.local", "levels": TINY}, dry_run=False
    )
    off = analyzer_pb2.PolicyConfig(enforcementLevel=analyzer_pb2.DISABLED)
    servicer().Configure(analyzer_pb2.ConfigureAnalyzerRequest(policyConfig={"cityfabric-rules": off, "all": off}), None)
    assert analyse("kubernetes:core/v1:Pod", BAD, CITYS)


def test_the_pack_is_found_by_the_engine() -> None:
    assert (ROOT / "policies/PulumiPolicy.yaml").is_file()
    assert Path(ROOT / "policies/__main__.py").is_file()
