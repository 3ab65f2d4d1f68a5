"""A table as text for other programs: CSV files and the clipboard."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from app.language import tr
from app.trade.table_model import Column

#: Spreadsheets take cells that begin so for formulas.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def table_text(columns: Sequence[Column[Any]], rows: Iterable[Any], *, separator: str = ",") -> str:
    """Returns titles and rows; numbers are plain numbers, times ISO 8601, the rows' buttons are left out."""
    kept = [column for column in columns if column.title and column.look != "actions"]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\r\n")
    writer.writerow([tr(column.title) for column in kept])
    writer.writerows([[_cell(column, row) for column in kept] for row in rows])
    return out.getvalue()


def save_csv(path: Path, columns: Sequence[Column[Any]], rows: Iterable[Any]) -> None:
    """Writes a CSV file that spreadsheets read right: UTF-8 with a byte order mark.

    Raises:
        OSError: it can't be written.
    """
    path.write_bytes(table_text(columns, rows).encode("utf-8-sig"))


def _cell(column: Column[Any], row: Any) -> str:
    if column.export is not None:
        value = column.export(row)
    else:
        key = column.key(row)
        value = key if column.right and (key is None or isinstance(key, int | float)) else column.text(row)
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    return "" if value is None else f"{value:.10g}"
