"""A mock of Pulumi's engine: each run has its own event loop and its own context, so nothing is shared between tests."""

import asyncio
import contextvars
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime import mocks, rpc

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Registered:
    """A resource as the engine was told of it; `inputs` are in Kubernetes' own spelling."""

    type: str
    name: str
    urn: str
    parent: str
    deleted_with: str
    provider: str
    inputs: Mapping[str, Any]
    dependencies: frozenset[str]
    secrets: frozenset[str]


@dataclass
class Outcome:
    """All that a program did."""

    resources: list[Registered] = field(default_factory=list)
    component_outputs: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    exports: dict[str, Any] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def of(self, kind: str) -> dict[str, Registered]:
        """Return the resources of a kind by name; `kind` is the last part of the type token."""
        return {each.name: each for each in self.resources if each.type.rsplit(":", 1)[1] == kind}


class _Echo(mocks.Mocks):
    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        return f"{args.name}-id", args.inputs

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], None]:
        raise AssertionError(f"no function of a provider is called: {args.token}")


class _Monitor(mocks.MockMonitor):
    def __init__(self, outcome: Outcome) -> None:
        super().__init__(_Echo())
        self.outcome = outcome

    def RegisterResource(self, request: Any) -> Any:  # noqa: ANN401, N802  # as the mock's
        response = super().RegisterResource(request)
        inputs = rpc.deserialize_properties(request.object)
        self.outcome.resources.append(
            Registered(
                type=request.type,
                name=request.name,
                urn=response.urn,
                parent=request.parent,
                deleted_with=request.deletedWith,
                provider=request.provider,
                inputs=inputs,
                dependencies=frozenset(request.dependencies),
                secrets=frozenset(key for key, value in inputs.items() if rpc.is_rpc_secret(value)),
            )
        )
        return response

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: ANN401, N802  # as the mock's
        self.outcome.component_outputs[request.urn] = rpc.deserialize_properties(request.outputs)
        return super().RegisterResourceOutputs(request)


class _Log:
    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome

    def error(self, message: str) -> None:
        self.outcome.errors.append(message)

    def debug(self, message: str) -> None:
        pass

    info = warning = debug


def _run(program: Callable[[], None], config: Mapping[str, str], outcome: Outcome) -> None:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    threads: list[asyncio.AbstractEventLoop] = []

    def prepare() -> None:
        threads.append(asyncio.new_event_loop())
        asyncio.set_event_loop(threads[-1])

    executor = ThreadPoolExecutor(max_workers=1, initializer=prepare)
    loop.set_default_executor(executor)
    try:
        pulumi.runtime.set_all_config(dict(config))
        log: Any = _Log(outcome)
        mocks.set_mocks(_Echo(), project="cityfabric", stack="test", monitor=_Monitor(outcome), logger=log)
        pulumi.runtime.settings.SETTINGS.root_directory = str(ROOT)
        loop.run_until_complete(pulumi.runtime.stack.run_pulumi_func(program))
        stack: Any = pulumi.runtime.get_root_resource()
        outcome.exports.update(stack.outputs)
    finally:
        executor.shutdown(wait=True)
        for each in (*threads, loop):
            each.close()
        asyncio.set_event_loop(None)


class Engine:
    """Runs programs against the mock."""

    def run(
        self, program: Callable[[], None], *, config: Mapping[str, str] | None = None, outcome: Outcome | None = None
    ) -> Outcome:
        """Return what `program` did; `outcome` is filled in and survives an exception."""
        result = outcome or Outcome()
        contextvars.copy_context().run(_run, program, config or {}, result)
        return result
