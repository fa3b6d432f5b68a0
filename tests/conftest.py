"""What every test may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# Examples are not timed: the machine that runs the suite is shared, and a slow example is no fault.
settings.register_profile("sceau", deadline=None)
settings.load_profile("sceau")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of external vectors beside the project; the one reason to skip a test."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("the folder ../shared is absent")
    return folder
