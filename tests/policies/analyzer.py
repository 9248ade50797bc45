"""Ask the pack as the engine does: over the SDK's own servicer, with its proxies, its floats and its marks of unknown values."""

import copy
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from google.protobuf import struct_pb2
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel
from pulumi_policy.policy import _PolicyAnalyzerServicer
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from policies.load import Loaded, load
from policies.plan import policy
from policies.record import Example
from policies.run import Run

UID = "0b0e3c1c-6c39-4a76-9b8e-6f0a1c7d9e11"
LEVELS = "internet:2 extranet:3 exchange:3 data:3 management:3"
RUN = Run({"registry": "registry.tiny.example", "clusters": UID, "levels": LEVELS, "domain": "cluster.local"})
KUBECONFIG = '{"apiVersion": "v1", "kind": "Config", "clusters": [{"name": "c", "cluster": {"server": "https://10.0.0.1:6443"}}]}'
CITYS = {"type": "pulumi:providers:kubernetes", "name": "cluster", "inputs": {"kubeconfig": KUBECONFIG, "clusterIdentifier": UID}}


@cache
def catalogue() -> Loaded:
    """Return the rules and examples of the repository, which have to be faultless."""
    loaded = load()
    assert not loaded.problems, "\n".join(f"policies/{problem}" for problem in loaded.problems)
    return loaded


@cache
def servicer() -> Any:  # noqa: ANN401 - the SDK does not export its type
    """Return the SDK's servicer with our one policy."""
    return _PolicyAnalyzerServicer("cityfabric", "0.0.1", [policy(catalogue().rules, RUN)], EnforcementLevel.MANDATORY)


def analyse(token: str, properties: Mapping[str, Any], provider: Mapping[str, Any] | None) -> list[str]:
    """Return what the pack says of a resource, one message each."""
    request = analyzer_pb2.AnalyzeRequest(
        type=token, name="it", urn=f"urn:pulumi:s::p::{token}::it", properties=_struct(properties)
    )
    if provider:
        inputs = _struct(provider.get("inputs", {}))
        request.provider.CopyFrom(
            analyzer_pb2.AnalyzerProviderResource(type=provider["type"], name=provider.get("name", "given"), properties=inputs)
        )
    answer = servicer().Analyze(request, None)
    assert all(each.enforcementLevel == analyzer_pb2.MANDATORY for each in answer.diagnostics)
    return [each.message.split("\n", 1)[1] for each in answer.diagnostics]


def _struct(data: Mapping[str, Any]) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update(data)
    return made


def token_of(data: Mapping[str, Any]) -> str:
    """Return the type token that Pulumi has for an object."""
    version = data["apiVersion"]
    return f"kubernetes:{version if '/' in version else f'core/{version}'}:{data['kind']}"


def told(example: Example) -> list[str]:
    """Return what the pack says of an example."""
    data = copy.deepcopy(example.object)
    for path in example.unknown:
        hide(data, steps(path))
    token = example.token or token_of(data)
    package = token.split(":", 1)[0]
    provider = example.provider or (CITYS if package == "kubernetes" else None)
    return analyse(token, data, provider)


def steps(path: str) -> list[str | int]:
    """Return the parts of a path like spec.volumes.0.name or metadata.labels[cityfabric.io/zone]."""
    parts = [key or part for key, part in re.findall(r"\[([^\]]+)\]|([^.\[\]]+)", path)]
    return [int(part) if part.isdigit() else part for part in parts]


def hide(data: Any, path: list[str | int], mark: str = UNKNOWN_STRING_VALUE) -> None:  # noqa: ANN401 - plain data
    """Put the mark of an unknown value at a path."""
    *holders, last = path
    for part in holders:
        data = data[part]
    data[last] = mark


def refused(rule: str, messages: list[str]) -> bool:
    """Tell whether a rule refuses, by itself or because it cannot see what it reads."""
    return any(re.match(rf"(GV-03: )?{rule}\b", message) for message in messages)
