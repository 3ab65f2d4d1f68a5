"""Options of the command `forexelite`."""

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from agent_core.folders import default_data_folder


@dataclass(frozen=True, slots=True)
class Options:
    """How the window was started.

    Attributes:
        demo: Start every outside service locally and use those.
        tour: Folder for the tour's pictures and report; None works normally.
        quotes: File of real quotes for the demo's market.
        data: Data folder; None takes the usual one.
        cloud: Address of the cloud's API; None takes the configured one.
        size: Width and height of the window; None restores the last one.
        brief: The tour keeps to the main job.
        smoke: Save a picture of the first page here and end; shows that the program starts.
    """

    demo: bool = False
    tour: Path | None = None
    quotes: Path | None = None
    data: Path | None = None
    cloud: str | None = None
    size: tuple[int, int] | None = None
    smoke: Path | None = None
    brief: bool = False


def parse(arguments: Sequence[str]) -> tuple[Options, list[str]]:
    """Returns the options, and what is left for Qt (`-platform ...`)."""
    parser = argparse.ArgumentParser(prog="forexelite", description="ForexElite Pro: trading and EA studio")
    parser.add_argument("--demo", action="store_true", help="run on local stand-ins of every outside service")
    parser.add_argument("--tour", type=Path, metavar="DIR", help="drive the window, save pictures and a report")
    parser.add_argument("--brief", action="store_true", help="the tour keeps to the main job")
    parser.add_argument("--quotes", type=Path, metavar="FILE", help="replay real quotes in the demo")
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder for everything the program keeps")
    parser.add_argument("--cloud", metavar="URL", help="address of the cloud's API")
    parser.add_argument("--size", type=_size, metavar="WxH", help="size of the window, like 1600x1000")
    parser.add_argument("--smoke", type=Path, metavar="PNG", help="save a picture of the first page and end")
    known, rest = parser.parse_known_args(arguments)
    unknown = [argument for argument in rest if argument.startswith("--")]
    if unknown:
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    if known.quotes is not None and not known.quotes.is_file():
        parser.error(f"there is no file {known.quotes}")
    demo = known.demo or known.tour is not None or known.quotes is not None
    quotes = known.quotes.resolve() if known.quotes else None
    return Options(demo, known.tour, quotes, known.data, known.cloud, known.size, known.smoke, known.brief), rest


def data_folder(options: Options) -> Path:
    """Returns the folder the window and its agent keep their data in.

    The demo keeps to a folder of its own, and each tour without `--data` starts from an empty one.
    """
    if not options.demo:
        return options.data or default_data_folder()
    return demo_folder(options) / "agent"


@cache
def demo_folder(options: Options) -> Path:
    """Returns the folder of everything the demo keeps, its cloud and its terminal included."""
    if options.data is not None:
        return options.data.resolve()
    if options.tour is not None:
        return Path(tempfile.mkdtemp(prefix="forexelite-tour-"))
    return default_data_folder().parent / "ForexElite Pro Demo"


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    return int(width), int(height)
