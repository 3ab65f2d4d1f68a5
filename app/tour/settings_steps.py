"""Steps: every section of the settings, the light theme on each page, the smallest window."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractScrollArea, QLabel, QListWidget, QWidget

from app.shell.window import MINIMUM
from app.theme.tokens import DARK, LIGHT
from app.tour.guide import Guide
from app.tour.hands import find, until
from app.tour.step import Step

PAGES = ("trade", "eas", "deploy", "history", "alerts", "settings")


async def show_section(guide: Guide, title: str) -> None:
    """Opens the settings at a section, by a click on its name."""
    await guide.go_to("settings")
    sections = await until("the settings show", lambda: find(guide.window, QListWidget, "settings.list"))
    (entry,) = sections.findItems(title, Qt.MatchFlag.MatchExactly)
    QTest.mouseClick(sections.viewport(), Qt.MouseButton.LeftButton, pos=sections.visualItemRect(entry).center())


async def sections(guide: Guide) -> None:
    """Each section is opened by its name."""
    await guide.go_to("settings")
    entries = await until("the settings show", lambda: find(guide.window, QListWidget, "settings.list"))
    titles = [entries.item(row).text() for row in range(entries.count())]
    guide.check("There are nine", len(titles) == 9, titles)
    for title in titles:
        await show_section(guide, title)
        guide.check(f"{title} shows", entries.currentItem().text() == title)
        await guide.picture(title.split()[0].casefold())
    await show_section(guide, titles[0])


async def light(guide: Guide) -> None:
    """The light theme, chosen in the settings, on every page at once; then the dark one again."""
    await show_section(guide, "Appearance")
    await guide.press("settings.theme.light")
    for name in PAGES:
        await guide.go_to(name)
        await guide.picture(name)
        shown = _background(guide)
        guide.check(f"{name} is light", shown in (LIGHT.panel, LIGHT.background), shown)
    await guide.press("settings.theme.dark")
    guide.check("It is dark again", _background(guide) in (DARK.panel, DARK.background), _background(guide))


async def small(guide: Guide) -> None:
    """At 1024 × 700 every page still has its place, and nothing makes the window larger."""
    window, size = guide.window, guide.window.size()
    window.resize(*MINIMUM)
    for name in PAGES:
        await guide.go_to(name)
        await guide.picture(name)
        seen = (window.width(), window.height())
        guide.check(f"{name} fits", seen == MINIMUM, seen)
        cut = clipped(window)
        guide.check(f"No word on {name} is cut off", not cut, cut)
    window.resize(size)
    await guide.go_to("trade")


def _background(guide: Guide) -> str:
    """The colour in the lower left corner of the rail."""
    rail = find(guide.window, QWidget, "rail")
    return QColor(rail.grab().toImage().pixel(4, rail.height() - 4)).name()


def clipped(window: QWidget) -> list[str]:
    """The words on a window that are cut off; what lies in a scrolled area can be scrolled to."""
    return [
        part.text()
        for part in window.findChildren(QWidget)
        if isinstance(part, QLabel | QAbstractButton) and part.isVisible() and part.text() and not _scrolled(part)
        and (_too_narrow(part) or part.visibleRegion().boundingRect() != part.rect())
    ]  # fmt: skip


def _too_narrow(part: QLabel | QAbstractButton) -> bool:
    if isinstance(part, QLabel) and part.wordWrap():
        return part.height() < part.heightForWidth(part.width())
    return part.fontMetrics().horizontalAdvance(part.text()) > part.width()


def _scrolled(part: QWidget) -> bool:
    above: QWidget | None = part
    while above is not None:
        if isinstance(above, QAbstractScrollArea):
            return True
        above = above.parentWidget()
    return False


STEPS = (
    Step("sections", "Every section of the settings", sections),
    Step("light", "The light theme on every page", light),
    Step("small", "The smallest window", small),
)
