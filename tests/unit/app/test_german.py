"""The German catalogue against the program's own source: no sentence the window can show stays English."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.language import choose_language, tr

ROOT = Path(__file__).parents[3]
#: What the window shows comes from these; the tour and the demo's programs speak to developers.
SOURCES = ("app", "agent_core/ea", "agent_core/jobs", "agent_core/sync", "agent_core/terminal", "agent_core/trading")
NOT_SHOWN = {
    "app/demo.py", "app/demo_trader.py", "app/options.py", "app/main.py", "app/logs.py",
}  # fmt: skip
#: What the cloud says to the window; prices and orders of other brokers never get there.
CLOUD = (
    "agents", "auth", "deployments", "ea", "jobs", "onboarding", "deps.py", "idempotency.py", "middleware.py",
    "problems.py", "rate_limits.py", "vault.py", "providers/glm.py", "providers/glm_errors.py",
    "providers/supabase.py",
)  # fmt: skip
#: What is said to the model, not to the trader.
TO_THE_MODEL = "prompt.py"
#: Sentences whose gap has words of its own: what the catalogue holds of each.
MADE_OF = {
    "Enter the {}.": ("Enter the price.", "Enter the level.", "Enter the percent."),
    "{} could not be {}.": ("Scalper v2 could not be started.", "Scalper v2 could not be stopped."),
    "{}: enter {}, or leave it empty.": ("Loss of a day: enter a number above zero, or leave it empty.",),
    "{} {} {} at {}.": ("Bought 0.1 EURUSD at 1.1.", "Sold 0.1 EURUSD at 1.1."),
    "{}{} at market. The new position has no stop loss.": (
        "Closes buy 0.1 EURUSD at market, then opens sell 0.1 at market. The new position has no stop loss.",
    ),
    "Close {} {}{}?": ("Close 2 winning positions?", "Close 1 losing position?", "Close 3 EURUSD positions?"),
    "The market seems to be closed: {} {}. Wait for its trading hours.": (
        "The market seems to be closed: EURUSD is not quoted. Wait for its trading hours.",
        "The market seems to be closed: EURUSD was quoted last on Friday 20 November at 21:59 UTC. "
        "Wait for its trading hours.",
    ),
    "You allow new orders only {} broker time; it is {} there.": (
        "You allow new orders only from 08:00 until 17:00 broker time; it is 19:00 there.",
        "You allow new orders only from 08:00 broker time; it is 07:00 there.",
    ),
    "{} Trading is locked; unlock it in Settings, Risk limits.": (
        "Today's loss of 300 USD has reached your limit of 250. Trading is locked; unlock it in Settings, Risk limits.",
    ),
    "The order was placed and has {} since.": (
        "The order was placed and has been cancelled since.", "The order was placed and has expired since.",
    ),
    "{} of {} {} has reached your limit of {}.": (
        "Today's loss of 300 USD has reached your limit of 250.",
        "The fall from the highest equity of 300 USD has reached your limit of 250.",
        "The fall of the equity of 300 USD has reached your limit of 250.",
    ),
    "This computer's clock is about {} {} the broker's. Set its date and time right; until then nothing new is opened, "
    "because what became of an order could not be found out.": tuple(
        f"This computer's clock is about 3 days {way} the broker's. Set its date and time right; until then nothing "
        "new is opened, because what became of an order could not be found out."
        for way in ("ahead of", "behind")
    ),
    "{} {} {}: it is being checked with the broker whether it has ended.": tuple(
        f"{noun} 7 EURUSD: it is being checked with the broker whether it has ended." for noun in ("Position", "Order")
    ),
    "New {} order": ("New market order", "New stop-limit order"),
    "Close all {} …": ("Close all EURUSD …",),
    "Version {} does not compile{}. Repair it and compile it again, then deploy.": (
        "Version 3 does not compile. Repair it and compile it again, then deploy.",
        "Version 3 does not compile: line 7, undeclared identifier. Repair it and compile it again, then deploy.",
    ),
}  # fmt: skip
#: Said of types and to developers.
_NOT_SENTENCES = {"Structured array of `BAR_DTYPE`, oldest first."}
_SILENT_CALLS = {"ValueError", "RuntimeError", "KeyError", "TypeError", "LookupError", "CheckFailedError", "print"}


@pytest.fixture(autouse=True)
def _german() -> Iterator[None]:
    choose_language("de")
    yield
    choose_language("en")


def sentences(path: Path) -> Iterator[str]:
    """What reads like a sentence in a module: gaps of an f-string are `{}`."""
    for text in _texts(ast.parse(path.read_text("utf-8"))):
        technical = re.match(r"\s*[A-Z]{5,} ", text) or not re.search(r"[a-z]{3}", text)
        starts = re.match(r"[\"'“{ ]*[A-Z{]", text)
        ended = " " in text.strip() and text.rstrip().endswith((".", "?", "…", "!"))
        if starts and ended and not technical and text not in _NOT_SENTENCES:
            yield text


def _texts(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):  # documents what stands over it
        return
    if isinstance(node, ast.Call):
        called = node.func
        logged = isinstance(called, ast.Attribute) and getattr(called.value, "id", "") == "log"
        if logged or getattr(called, "id", getattr(called, "attr", "")) in _SILENT_CALLS:
            return
    if isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            yield node.value
        return
    for child in ast.iter_child_nodes(node):
        if not isinstance(node, ast.JoinedStr) or isinstance(child, ast.FormattedValue):
            yield from _texts(child)


def spoken(text: str) -> bool:
    """Whether a sentence is German once its gaps are filled; a gap behind a word is the ending of a plural."""
    samples = MADE_OF.get(text) or (re.sub(r"(?<=[a-z])\{\}", ending, text).replace("{}", "7") for ending in ("", "s"))
    found = [tr(sample.strip()) != sample.strip() for sample in samples]
    return all(found) if text in MADE_OF else any(found)


def unspoken(places: Iterator[Path]) -> list[str]:
    """The sentences of these modules that stay English."""
    return sorted(
        f"{path.relative_to(ROOT)}: {text}"
        for place in places
        for path in ([place] if place.is_file() else place.rglob("*.py"))
        if path.relative_to(ROOT).as_posix() not in NOT_SHOWN and "tour" not in path.parts
        for text in sentences(path)
        if not spoken(text)
    )


def test_no_sentence_stays_english() -> None:
    assert unspoken(ROOT / source for source in SOURCES) == []


def test_what_the_cloud_says_is_german_too() -> None:
    english = unspoken(ROOT / "cloud" / part for part in CLOUD)
    assert [text for text in english if TO_THE_MODEL not in text] == []


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("Bought 0.61 EURUSD at 1.08423.", "0.61 EURUSD zu 1.08423 gekauft."),
        ("Buy 0.61 EURUSD with real money?", "0.61 EURUSD mit echtem Geld kaufen?"),
        (
            "The stop 1.0842 must be below the price, at 1.0836 or further away.",
            "Stop 1.0842 muss unter dem Kurs liegen, bei 1.0836 oder weiter entfernt.",
        ),
        (
            "At market, about 1.08423. Stop 1.08251, risks 104.82 USD. No stop loss.",
            "Am Markt, etwa 1.08423. Stop 1.08251, Risiko 104.82 USD. Kein Stop-Loss.",
        ),
        (
            "Stopped: 1 position closed, 2 orders cancelled, 0 EAs stopped. Not stopped: Position 7 EURUSD: "
            "The market is closed for this symbol. Send the order when it opens.",
            "Gestoppt: 1 Position geschlossen, 2 Orders storniert, 0 EAs gestoppt. Nicht gestoppt: Position 7 EURUSD: "
            "Der Markt dieses Symbols ist geschlossen. Senden Sie die Order, wenn er öffnet.",
        ),
        (
            "Agent Office PC has been offline since 2026-11-23 10:45 UTC.",
            "Agent Office PC ist seit 2026-11-23 10:45 UTC nicht verbunden.",
        ),
        (
            "The code generator can't be reached. Try again in a few minutes; your own code can still be edited and "
            "compiled.",
            "Der Codegenerator ist nicht erreichbar. Versuchen Sie es in einigen Minuten noch einmal; Ihren eigenen "
            "Code können Sie weiter bearbeiten und kompilieren.",
        ),
        ("A note with 50 % of nothing in it", "A note with 50 % of nothing in it"),
        (
            "EURUSD RSI 7 M15 rises above 70: it is at 70.25 now.",
            "EURUSD RSI 7 M15 steigt über 70: Er ist jetzt bei 70.25.",
        ),
    ],
)
def test_sentences_are_recognised_by_the_words_around_their_gaps(english: str, german: str) -> None:
    assert tr(english) == german
