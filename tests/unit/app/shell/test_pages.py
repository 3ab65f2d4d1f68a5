"""Pages that come piece by piece."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel, QWidget

from app.shell.pages import Pages
from app.theme import Theme

Run = Callable[[Coroutine[Any, Any, Any]], Any]


class _Large(QWidget):
    """A page of three pieces; the one asked for breaks."""

    def __init__(self, breaks: int = -1) -> None:
        super().__init__()
        self.built: list[int] = []
        self._breaks = breaks

    def pieces(self) -> Iterator[None]:
        for number in range(3):
            if number == self._breaks:
                raise RuntimeError("broken")
            self.built.append(number)
            yield


@pytest.fixture
def pages(theme: Theme, qtbot: Any) -> Pages:
    pages = Pages(theme)
    qtbot.addWidget(pages)
    pages.resize(400, 300)
    pages.show()
    return pages


def test_a_large_page_is_seen_at_once_and_filled_between_turns(pages: Pages, run: Run) -> None:
    large = _Large()
    pages.offer({"large": lambda: large, "small": lambda: QLabel("small")})
    seen: list[tuple[bool, int, bool]] = []

    async def look() -> None:
        while pages.page("large") is None:
            seen.append((large.isVisible(), len(large.built), pages.waiting))
            await asyncio.sleep(0)

    async def work() -> None:
        await asyncio.gather(pages.build_in_turns("large"), look())

    run(work())
    assert [count for _, count, _ in seen] == sorted({count for _, count, _ in seen})
    assert (True, 1, False) in seen
    assert large.built == [0, 1, 2]


def test_a_click_does_not_wait_for_the_rest_of_a_page(pages: Pages, run: Run) -> None:
    large = _Large()
    pages.offer({"large": lambda: large, "small": lambda: QLabel("small")})

    async def work() -> None:
        building = asyncio.ensure_future(pages.build_in_turns("large"))
        await asyncio.sleep(0)
        pages.show_page("small")
        pages.show_page("large")
        assert large.built == [0, 1, 2]
        pages.show_page("small")
        await building

    run(work())
    assert large.built == [0, 1, 2]
    assert pages.currentWidget() is pages.page("small")


@pytest.mark.logs_errors
def test_a_page_that_breaks_half_way_says_so(pages: Pages, run: Run) -> None:
    pages.offer({"large": lambda: _Large(breaks=1)})
    run(pages.build_in_turns("large"))
    assert pages.findChild(QLabel, "pages.large.failed.title") is not None
    assert pages.currentWidget() is pages.page("large")
