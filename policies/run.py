"""What the engine says of a run: the stack's config, whether it is a preview. And what it may not say: which rules to leave out.

The SDK passes neither on, so its servicer is told to: it is pinned, and a test holds the names that are used here.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import policy

from policies.city import params

_MANDATORY: Final = analyzer_pb2.MANDATORY


@dataclass(slots=True)
class Run:
    """What is known of the run; filled in when the engine says it."""

    params: dict[str, str] = field(default_factory=dict)
    """The city's values that rules read."""
    dry_run: bool = True

    def take(self, config: Mapping[str, str], *, dry_run: bool) -> None:
        """Take what the engine says."""
        self.params.clear()
        self.params.update(params(config))
        self.dry_run = dry_run


def listen(run: Run) -> None:
    """Have the SDK's servicer hand over what the engine says of the run, and let nobody lower or switch off a rule by config."""
    servicer: Any = policy._PolicyAnalyzerServicer  # noqa: SLF001 - the SDK has no door for this
    heard, configured = servicer.ConfigureStack, servicer.Configure

    def configure_stack(self: Any, request: Any, context: Any) -> Any:  # noqa: ANN401 - of gRPC
        run.take(dict(request.config), dry_run=request.dry_run)
        return heard(self, request, context)

    def configure(self: Any, request: Any, context: Any) -> Any:  # noqa: ANN401 - of gRPC
        if any(each.enforcementLevel != _MANDATORY for each in request.policyConfig.values()):
            sys.stderr.write("the config of the policy pack is not taken: rules are changed in policies/rules\n")
        return configured(self, type(request)(), context)

    servicer.ConfigureStack = configure_stack
    servicer.Configure = configure
