"""Columns of numbers beside the bars, with spare room at their end so that a new bar copies nothing."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
#: Spare rows, so that few new bars copy the whole.
ROOM = 4096


class Columns:
    """Named float columns of one length."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)
        self._store = np.empty((len(self.names), 0))
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, name: str) -> Floats:
        column: Floats = self._store[self.names.index(name), : self._count]
        return column

    def reserve(self, count: int) -> None:
        """Makes room for `count` rows without adding them."""
        if count > self._store.shape[1]:
            room = 0 if self._count == 0 else min(ROOM, max(256, count // 8))
            store = np.empty((len(self.names), count + room))
            store[:, : self._count] = self._store[:, : self._count]
            self._store = store

    def moved(self, by: int) -> "Columns":
        """Returns a copy that begins with `by` rows of nothing."""
        copy = Columns(self.names)
        copy._store = np.concatenate((np.full((len(self.names), by), np.nan), self._store[:, : self._count]), axis=1)
        copy._count = self._count + by
        return copy

    def drop(self, rows: int) -> None:
        """Forgets the first rows; the others are numbered anew."""
        self._store = self._store[:, rows : self._count].copy()
        self._count -= rows

    def resize(self, count: int) -> None:
        """Grows or shrinks all columns; what is new at their end is undefined, what was there stays."""
        self.reserve(count)
        self._count = count

    def quote(self, price: float, volume: float) -> None:
        """Takes a price and its volume into the last row of columns open, high, low, close and volume."""
        last = self._store[:, self._count - 1]
        last[1], last[2] = max(last[1], price), min(last[2], price)
        last[3] = price
        last[4] += volume
