"""The whole tour, which looks at everything closely: minutes that wait for the market, so it is not in the gate.

Run: pytest -s tests/load/test_whole_tour.py
"""

from pathlib import Path

import pytest

from tests.e2e.test_tour import tour

SECONDS = 900


@pytest.mark.timeout(SECONDS + 20)
def test_tour_of_all_there_is(tmp_path: Path) -> None:
    report = tour(tmp_path, seconds=SECONDS)
    assert [step["name"] for step in report["steps"] if not step["checked"]] == []
