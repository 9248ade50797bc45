"""Make all generated files anew, or with --check say which ones differ from what would be made.

A generator is a function that returns the texts of files by their paths in the repository; it writes nothing itself.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from infra.model import schema
from policies import schemas
from tools import (
    city_template,
    picture,
    reference_access,
    reference_bench,
    reference_isolation,
    reference_model,
    reference_rules,
    reference_stacks,
    reference_tools,
)

ROOT = Path(__file__).resolve().parent.parent
GENERATORS: tuple[Callable[[], dict[str, str]], ...] = (
    schema.render,
    city_template.render,
    picture.render,
    reference_model.render,
    reference_access.render,
    reference_bench.render,
    reference_isolation.render,
    reference_stacks.render,
    reference_tools.render,
    reference_rules.render,
    schemas.render,
)


def differing(root: Path) -> dict[str, str]:
    """Return the texts of the generated files that are missing below `root` or differ, by path."""
    texts = {path: text for generate in GENERATORS for path, text in generate().items()}
    return {path: text for path, text in sorted(texts.items()) if _read(root / path) != text}


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Write what differs, or with --check name it; return the exit code."""
    if arguments not in ([], ["--check"]):
        print("usage: generate.py [--check]", file=sys.stderr)
        return 2
    changes = differing(root)
    for path, text in changes.items():
        if arguments:
            print(f"{path}: differs from what is generated; run: make docs", file=sys.stderr)
            continue
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
        print(f"{path}: written")
    return 1 if arguments and changes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
