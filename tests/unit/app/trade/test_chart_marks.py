from datetime import UTC, datetime, timedelta

import pytest

from agent_core.terminal.models import Deal, Side
from app.history.trades import trades_of
from app.theme.tokens import DARK, LIGHT, contrast
from app.trade.chart_marks import owner_colours, trade_marks

START = datetime(2026, 11, 20, 12, tzinfo=UTC)


def deal(
    ticket: int, side: Side | None, entry: int, price: float, *, position: int = 1, magic: int = 0, **more: float
) -> Deal:
    return Deal(
        ticket, ticket, position, "EURUSD" if side else "", side, entry, more.get("volume", 0.1), price,
        more.get("profit", 0.0), more.get("commission", 0.0), 0.0, 0.0, START + timedelta(minutes=ticket), magic, "",
    )  # fmt: skip


def owner(magic: int) -> str:
    return "Scalper v2" if magic == 9 else ""


def test_entries_and_exits_are_linked_with_their_result() -> None:
    found = trade_marks(
        [
            deal(4, Side.SELL, 1, 1.13, profit=30.0, commission=-1.0, volume=0.3),
            deal(1, Side.BUY, 0, 1.10), deal(2, Side.BUY, 0, 1.12, volume=0.3), deal(3, None, 0, 0.0),
        ],
        "EURUSD", owner,
    )  # fmt: skip
    assert [(mark.entry, mark.up, mark.text) for mark in found.marks] == [
        (True, True, "0.1 manual"), (True, True, "0.3 manual"), (False, False, "+29.00"),
    ]  # fmt: skip
    (link,) = found.links
    assert (link.price_open, link.price_close, link.result) == (pytest.approx(1.115), 1.13, 29.0)
    assert (link.opened, link.closed) == (START + timedelta(minutes=1), START + timedelta(minutes=4))


def test_an_exit_belongs_to_the_owner_of_its_entry() -> None:
    deals = [
        deal(1, Side.SELL, 0, 1.1, magic=9),
        deal(2, Side.BUY, 1, 1.2, profit=-10.0),
        deal(3, Side.SELL, 1, 1.0, position=7),
    ]
    found = trade_marks(deals, "EURUSD", owner)
    assert [mark.owner for mark in found.marks] == ["Scalper v2", "Scalper v2", ""]
    assert found.marks[1].text == "−10.00"
    assert [link.owner for link in found.links] == ["Scalper v2"]  # the entry of position 7 was not read
    assert [mark.position for mark in found.of_owners(frozenset({""})).marks] == [7]
    assert trade_marks(deals, "USDJPY", owner).marks == ()


def test_the_exits_of_a_trade_add_up_to_its_result_in_the_history() -> None:
    deals = [
        deal(1, Side.BUY, 0, 1.10, volume=0.3, commission=-1.65),
        deal(2, Side.SELL, 1, 1.09, volume=0.1, profit=-4.70, commission=-0.55),
        deal(3, Side.SELL, 1, 1.11, volume=0.2, profit=20.0, commission=-1.10),
    ]
    found = trade_marks(deals, "EURUSD", owner)
    assert [mark.text for mark in found.marks if not mark.entry] == ["−5.80", "+17.80"]
    assert sum(link.result for link in found.links) == pytest.approx(trades_of(deals)[0].net)
    whole = trade_marks([deals[0], deal(4, Side.SELL, 1, 1.09, volume=0.3, profit=-4.70, commission=-1.65)],
                        "EURUSD", owner)  # fmt: skip
    assert whole.marks[-1].text == "−8.00"


@pytest.mark.parametrize("tokens", [DARK, LIGHT])
def test_each_owner_has_a_colour_that_can_be_seen(tokens: object) -> None:
    names = [f"EA {n}" for n in range(8)]
    colours = owner_colours(["", *names], tokens)  # type: ignore[arg-type]
    assert len(set(colours.values())) == 9
    assert all(contrast(colour, tokens.panel) >= 3 for colour in colours.values())  # type: ignore[attr-defined]
    assert colours == owner_colours(reversed(names), tokens)  # type: ignore[arg-type]
