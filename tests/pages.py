"""Blocks of code in the pages that people read, so that tests can try them as written."""

import re
import textwrap

from tests.desk import ROOT


def block(page: str, language: str, containing: str) -> str:
    """Return the one block of code of a page that holds a text, without the indentation of the list that it stands in."""
    text = (ROOT / page).read_text("utf-8")
    found = [body for body in re.findall(rf"^ *```{language}\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE) if containing in body]
    assert len(found) == 1, f"{page} has {len(found)} blocks with: {containing}"
    return textwrap.dedent(found[0])
