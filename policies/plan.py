"""The pack that the engine asks about each resource of a plan: one policy that decodes the resource once and asks all rules."""

from collections.abc import Iterator, Mapping
from typing import Final

from pulumi_policy import EnforcementLevel, ReportViolation, ResourceValidationArgs, ResourceValidationPolicy

from infra.model.words import FieldPath, shortened
from policies.beyond import KUBERNETES, RULES, Planned, Provider
from policies.judge import EVASION, Judge, Subject
from policies.plain import Plain, objects, plain
from policies.record import Rule
from policies.run import Run
from policies.terms import Point

PACK: Final = "cityfabric"
POLICY: Final = "cityfabric-rules"
_DESCRIPTION: Final = "Infrastructure is citywide, applications are department-led (基础设施全市统筹、应用开发部门为主)."


def policy(rules: Mapping[str, Rule], run: Run) -> ResourceValidationPolicy:
    """Return the one policy of the pack; what it knows of the run may come later."""
    judge = Judge(rules, run.params)
    beyond = [rule for rule in rules.values() if rule.python and Point.PLAN in rule.points]

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        try:
            messages = list(_messages(args, run, judge, beyond))
        except Exception as error:  # noqa: BLE001 - whatever goes wrong in a rule must not let the resource pass
            what = shortened(f"{type(error).__name__}: {error}")
            messages = [f"{EVASION}: the resource cannot be judged ({what}); instead: report this to the rules' owner; no waiver"]
        for message in dict.fromkeys(messages):
            report(message, None)

    return ResourceValidationPolicy(
        name=POLICY, description=_DESCRIPTION, validate=validate, enforcement_level=EnforcementLevel.MANDATORY
    )


def _messages(args: ResourceValidationArgs, run: Run, judge: Judge, beyond: list[Rule]) -> Iterator[str]:
    planned = _planned(args, run)
    for rule in beyond:
        for what in RULES[rule.python or ""](planned):
            yield rule.message(what)
    if planned.package == KUBERNETES and not planned.is_provider:
        for subject in subjects(planned.token, planned.props):
            yield from (finding.message for finding in judge.findings(subject))


def _planned(args: ResourceValidationArgs, run: Run) -> Planned:
    given = args.provider
    made = Provider(given.resource_type, given.name, plain(given.props)) if given else None
    return Planned(args.resource_type, plain(args.props), made, run.params, run.dry_run)


def subjects(token: str, props: Plain) -> Iterator[Subject]:
    """Yield the objects that a resource is; what the properties do not say of their kind, the type token does."""
    for prefix, data in objects(props.data):
        otherwise = _named(token)
        version, kind = str(data.get("apiVersion", otherwise[0])), str(data.get("kind", otherwise[1])).removesuffix("Patch")
        if kind:
            group = version.rpartition("/")[0]
            yield Subject(group, kind, {**data, "apiVersion": version, "kind": kind}, _below(props.unknown, prefix))


def _named(token: str) -> tuple[str, str]:
    """Return API version and kind of a type token like kubernetes:apps/v1:DeploymentPatch."""
    _, _, rest = token.partition(":")
    version, _, kind = rest.rpartition(":")
    return version.removeprefix("core/"), kind.removesuffix("Patch").removesuffix("List")


def _below(unknown: list[FieldPath], prefix: FieldPath) -> list[FieldPath]:
    return [path[len(prefix) :] for path in unknown if path[: len(prefix)] == prefix]
