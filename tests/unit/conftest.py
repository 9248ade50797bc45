"""What unit tests share."""

from pathlib import Path

import pytest

from tests.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Return a copy of the tiny city to edit."""
    return Desk.lay(tmp_path)
