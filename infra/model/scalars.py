"""What an unquoted scalar means: YAML 1.2's core schema without octal and hexadecimal numbers, infinity and not-a-number."""

import re
from typing import Final

MAX_NUMBER: Final = 40
_INT: Final = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "null", "Null", "NULL", "~")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


def plain(text: str) -> str | int | float | bool | None:
    """Return what an unquoted scalar means: null, true, false and decimal numbers; all else is text.

    Numbers with leading zeros and over 40 characters are text: nobody means an amount by them.
    """
    if text in _WORDS:
        return _WORDS[text]
    if len(text) <= MAX_NUMBER and (text[0] in "-+." or text[0].isdigit()):
        if _INT.fullmatch(text):
            return int(text)
        if _FLOAT.fullmatch(text):
            return float(text)
    return text
