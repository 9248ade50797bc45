"""The page of isolation: what the zone matrix says, and what real packets between real pods found, side by side."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from tools.markdown import code, page, table

ROOT: Final = Path(__file__).resolve().parent.parent
EVIDENCE: Final = ROOT / "docs" / "evidence" / "isolation.json"
_TENANT: Final = "tenant in "
_INTRO: Final = """
What the network split opens, and what was really open. The tests on a real cluster (`tests/e2e/test_2_isolation.py`) put pods
into every zone of the city `tiny`, with a district of strangers in all of them, and dial from each pod to each other one on
every port, TCP and UDP. What should be open they take from `zones.yaml` by code of their own (`tests/oracle.py`); an
independent analyser reads the same out of the policies. `make test` fails when one connection differs, or when this page does
not say what was seen.

In a cell stands what should be open, and behind `≙` what was seen to be open; `–` is nothing at all."""


def render() -> dict[str, str]:
    """Return the page by its path."""
    rows = json.loads(EVIDENCE.read_text("utf-8"))
    seen = {(row["from"], row["to"]): row for row in rows}
    zones = sorted({source.removeprefix(_TENANT) for source, target in seen if source.startswith(_TENANT) and target == source})
    between = {(f"{_TENANT}{source}", f"{_TENANT}{target}") for source in zones for target in zones}
    others = [row for pair, row in seen.items() if pair not in between]
    total = sum(row["dials"] for row in rows)
    return page(
        "isolation",
        "Isolation, proven by packets 隔离验证",
        "docs/evidence/isolation.json",
        _INTRO,
        f"{total:,} connections were tried.",
        "## Between tenants 租户之间\n\nThe row opens, the column is opened. The diagonal is two strangers of one zone, or two "
        "environments of one tenant.",
        _matrix(zones, seen),
        "## Everything else 其他\n\nGateways, services, pods of the platform that are neither, the outside, the node and DNS.",
        table(("from", "to", "should be open ≙ was open", "tried"), (_row(row) for row in others)),
    )


def _matrix(zones: Iterable[str], seen: Mapping[tuple[str, str], Mapping[str, Any]]) -> str:
    listed = list(zones)
    rows = (
        (f"**{source}**", *(_cell(seen[f"{_TENANT}{source}", f"{_TENANT}{target}"]) for target in listed)) for source in listed
    )
    return table(("from ↓ to →", *listed), rows)


def _row(row: Mapping[str, Any]) -> tuple[object, ...]:
    return row["from"], row["to"], _cell(row), row["dials"]


def _cell(row: Mapping[str, Any]) -> str:
    return f"{_open(row, 'expected')} ≙ {_open(row, 'observed')}"


def _open(row: Mapping[str, Any], key: str) -> str:
    return code(row[key])
