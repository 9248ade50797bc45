"""Options that several commands share, spelled once."""

from datetime import UTC, date, datetime
from typing import Annotated

import typer

City = Annotated[
    str | None,
    typer.Option(help="The city, a folder under stacks/. Default: $CITYFABRIC_CITY, else the only one, else hangzhou."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print data as JSON.")]
OnDay = Annotated[
    datetime | None, typer.Option("--day", formats=["%Y-%m-%d"], help="As it is on this day, YYYY-MM-DD. Default: today in UTC.")
]


def day_of(chosen: datetime | None) -> date:
    """Return the day that was chosen, or today."""
    return (chosen or datetime.now(UTC)).date()
