"""A day of the calendar, as the data has it."""

import re
from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field


def _day(value: object) -> object:
    """Refuse what pydantic would take for a day too: seconds since 1970, and times of day."""
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError("not a day")
    return value


Day = Annotated[
    date,
    BeforeValidator(_day, json_schema_input_type=date),
    Field(strict=False, json_schema_extra={"x-allowed": "a day of the calendar, written YYYY-MM-DD"}),
]
