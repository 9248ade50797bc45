"""Options that several commands share, spelled once."""

from typing import Annotated

import typer

City = Annotated[
    str | None,
    typer.Option(help="The city, a folder under stacks/. Default: $CITYFABRIC_CITY, else the only one, else hangzhou."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print data as JSON.")]
