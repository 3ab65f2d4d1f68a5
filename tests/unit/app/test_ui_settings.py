"""The window's settings file."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from app.ui_settings import UiSettingsFile
from app.ui_values import UiSettings


def test_settings_survive_a_restart(tmp_path: Path, qapp: Any) -> None:
    folder = tmp_path / "Döner data"
    file = UiSettingsFile(folder)
    seen: list[str] = []
    file.changed.connect(seen.append)
    file.set("risk_percent", Decimal("0.50"))
    file.set("risk_percent", Decimal("0.50"))
    file.set_layout("deploy", "AAAA")
    again = UiSettingsFile(folder).values
    assert (again.risk_percent, again.layouts) == (Decimal("0.50"), {"deploy": "AAAA"})
    assert seen == ["risk_percent", "layouts"]


@pytest.mark.parametrize("content", ["", "{", '{"theme": "pink"}', "[]"])
def test_a_damaged_file_gives_defaults(tmp_path: Path, content: str, qapp: Any) -> None:
    (tmp_path / "window.json").write_text(content)
    assert UiSettingsFile(tmp_path).values == UiSettings()


def test_a_wrong_value_is_refused(tmp_path: Path, qapp: Any) -> None:
    file = UiSettingsFile(tmp_path)
    with pytest.raises(ValidationError):
        file.set("risk_percent", Decimal(0))
    assert UiSettingsFile(tmp_path).values.risk_percent == 1
