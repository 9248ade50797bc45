"""Load the rules and their examples: every file is read, and all that is wrong is told at once, with file, line and mend.

A rule that cannot be relied on does not load: without examples, with a text that is no CEL, or with a message that says nothing.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from infra.model.faults import faults
from infra.model.kinds import Kind, M_co
from infra.model.problem import Problem
from infra.model.words import FieldPath, dotted, shortened
from infra.model.yamlfile import Document, read_yaml
from policies.check_rules import LEAST, check
from policies.record import Example, Rule

FOLDER: Final = Path(__file__).resolve().parent
RULE: Final = Kind("rule", Rule)
EXAMPLE: Final = Kind("example", Example)
SCHEMAS: Final = {RULE.name: "../schemas/rule.schema.json", EXAMPLE.name: "../../../schemas/example.schema.json"}
SORTS: Final = ("allowed", "disallowed", "adversarial")


@dataclass(frozen=True, slots=True)
class Tried:
    """An example, and where it stands."""

    rule: str
    sort: str
    name: str
    example: Example


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of loading: the rules and examples by name, or what is wrong with them."""

    rules: Mapping[str, Rule]
    examples: tuple[Tried, ...]
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class _Reader:
    folder: Path
    problems: list[Problem] = field(default_factory=list)

    def read(self, kind: Kind[M_co], file: str) -> tuple[M_co | None, Document]:
        """Read one file; None where it is no record."""
        document, problems = read_yaml(self.folder, file, SCHEMAS[kind.name])
        self.problems.extend(problems)
        if document is None:
            return None, Document()
        try:
            return kind.model.model_validate(document.data), document
        except ValidationError as error:
            self.problems.extend(faults(error, kind, document, file, None))
            return None, document

    def tell(self, file: str, document: Document, path: FieldPath, *told: str) -> None:
        """Note what is wrong with a field: its value, what is wrong, what is allowed, and the mend."""
        value, message, allowed, mend = told
        self.problems.append(Problem(file, document.line(path), dotted(path), shortened(value), message, allowed, mend))


def load(folder: Path = FOLDER) -> Loaded:
    """Load all rules in `folder`; with problems there are no rules at all."""
    reader = _Reader(folder)
    rules = _rules(reader)
    examples = tuple(_examples(reader, frozenset(path.stem for path in folder.glob("rules/*"))))
    counts = Counter((tried.rule, tried.sort) for tried in examples)
    for name in rules:
        for sort in SORTS[:2]:
            _enough(reader, name, sort, counts[name, sort])
    for tried in examples:
        _expected(reader, tried, rules.get(tried.rule))
    problems = tuple(sorted(set(reader.problems)))
    return Loaded({} if problems else rules, () if problems else examples, problems)


def _rules(reader: _Reader) -> dict[str, Rule]:
    found: dict[str, Rule] = {}
    files = sorted(path.name for path in reader.folder.glob("rules/*"))
    if not files:
        reader.problems.append(Problem("rules", 1, "", "", "there is no rule", "files rules/ID.yaml", "add the rules"))
    for name in files:
        file = f"rules/{name}"
        rule, document = reader.read(RULE, file)
        if rule is None:
            continue
        if f"{rule.id}.yaml" != name:
            mend = f"write '{Path(name).stem}', or rename the file to {rule.id}.yaml"
            reader.tell(file, document, ("id",), rule.id, "is not the name of its file", Path(name).stem, mend)
        if rule.id in found:
            reader.tell(file, document, ("id",), rule.id, "another rule has this name", "each name once", "choose another name")
        for path, *told in check(rule):
            reader.tell(file, document, path, *told)
        found[rule.id] = rule
    return found


def _examples(reader: _Reader, rules: frozenset[str]) -> Iterator[Tried]:
    for path in sorted(reader.folder.glob("examples/**/*")):
        if path.is_dir() and not path.is_symlink():
            continue
        file = path.relative_to(reader.folder).as_posix()
        _, rule, *rest = file.split("/")
        if rule not in rules or len(rest) != 2 or rest[0] not in SORTS or path.suffix != ".yaml":  # noqa: PLR2004 - SORT/NAME.yaml
            allowed = f"examples/ID/SORT/NAME.yaml of a rule that is there, SORT being one of {', '.join(SORTS)}"
            reader.problems.append(Problem(file, 1, "", "", "is no place of an example", allowed, "move it, or remove it"))
            continue
        example, _ = reader.read(EXAMPLE, file)
        if example is not None:
            yield Tried(rule, rest[0], path.stem, example)


def _enough(reader: _Reader, rule: str, sort: str, count: int) -> None:
    if count < LEAST:
        message = f"there are {count} examples in examples/{rule}/{sort}"
        mend = f"add examples/{rule}/{sort}/NAME.yaml"
        reader.problems.append(Problem(f"rules/{rule}.yaml", 1, "", "", message, f"at least {LEAST}", mend))


def _expected(reader: _Reader, tried: Tried, rule: Rule | None) -> None:
    """Check that what an example expects can be asked, and is what its folder says."""
    file = f"examples/{tried.rule}/{tried.sort}/{tried.name}.yaml"
    verdicts = {verdict.value for verdict in tried.example.expect.values()}
    meant = {"allowed": {"allowed"}, "disallowed": {"refused"}}.get(tried.sort, verdicts)
    if verdicts != meant:
        told = f"an example in {tried.sort}/ expects otherwise", ", ".join(sorted(meant)), "move it, or correct what it expects"
        reader.problems.append(Problem(file, 1, "expect", ", ".join(sorted(verdicts)), *told))
    for point in tried.example.expect:
        if rule and point not in rule.points:
            told = "the rule is not enforced there", ", ".join(rule.points), "remove the point"
            reader.problems.append(Problem(file, 1, f"expect.{point}", "", *told))
