"""Runs a strategy's imitation over a symbol's bars, with the tester's rules of filling."""

import numpy as np

from agent_core.simulator.broker.valuation import Valuation
from agent_core.simulator.market.bars import Records
from agent_core.simulator.market.symbols import Symbol
from agent_core.simulator.strategy import ATR_BARS, Strategy, average_range
from agent_core.simulator.tester.account import BacktestAccount


def simulate(
    strategy: Strategy, symbol: Symbol, bars: Records, valuation: Valuation, deposit: float, name: str
) -> BacktestAccount:
    """Trades bar by bar: a changed side closes the position and opens the other way at the next bar's open.

    Stops and targets fill exactly at their level, on the path open-low-high-close of a rising bar and
    open-high-low-close of a falling one.
    """
    started = int(bars["time"][0]) // 86_400 * 86_400
    account = BacktestAccount(symbol, valuation, deposit, deposit, started)
    sides = strategy.signals(bars["close"].astype(np.float64))
    for index in range(1, len(bars)):
        bar, side = bars[index], int(sides[index - 1])
        time, spread = int(bar["time"]), max(int(bar["spread"]), symbol.spread) * symbol.point
        changed = side and side != int(sides[index - 2] if index > 1 else 0)
        if changed and account.trade is not None:
            account.close(time, _exit_price(account, float(bar["open"]), spread), "")
        may_enter = strategy.magic and account.balance > 0 and strategy.in_session(time)
        if changed and account.trade is None and may_enter:
            _enter(account, strategy, bars[max(0, index - ATR_BARS - 1) : index], bar["open"], side, time, spread, name)
        _walk(account, bar, time, spread)
    last = bars[-1]
    account.close(int(last["time"]), _exit_price(account, float(last["close"]), 0.0), "end of test")
    account.mark(float(last["close"]))
    return account


def _enter(
    account: BacktestAccount, strategy: Strategy, before: Records, bid: float, side: int, time: int, spread: float,
    name: str,
) -> None:  # fmt: skip
    symbol = account.symbol
    atr = average_range(before["high"], before["low"], before["close"])
    price = float(bid) + (spread if side > 0 else 0.0)
    risk = max(strategy.stop.of(atr, symbol.point, 0.0), 2 * spread + symbol.stops_level * symbol.point)
    too_wide = strategy.max_spread and round(spread / symbol.point) > strategy.max_spread
    if too_wide or risk <= 0:
        return
    reward = strategy.target.of(atr, symbol.point, risk)
    stop = round(price - side * risk, symbol.digits)
    target = round(price + side * reward, symbol.digits) if reward > 0 else 0.0
    loss = -account.valuation.profit(symbol, 0 if side > 0 else 1, 1.0, price, stop)
    volume = strategy.volume(symbol, account.balance, loss)
    if volume:
        account.open(time, side, volume, round(price, symbol.digits), stop, target, name[:20])


def _walk(account: BacktestAccount, bar: Records, time: int, spread: float) -> None:
    """Follows the bar's path and closes where a level is met."""
    middle = ("low", "high") if bar["close"] >= bar["open"] else ("high", "low")
    for point in ("open", *middle, "close"):
        trade, bid = account.trade, float(bar[point])
        if trade is not None:
            price = bid if trade.side > 0 else bid + spread
            if trade.side * (price - trade.stop) <= 0:
                account.mark(trade.stop)
                account.close(time, trade.stop, f"sl {trade.stop:.{account.symbol.digits}f}")
            elif trade.target and trade.side * (price - trade.target) >= 0:
                account.close(time, trade.target, f"tp {trade.target:.{account.symbol.digits}f}")
        account.mark(bid)


def _exit_price(account: BacktestAccount, bid: float, spread: float) -> float:
    long = account.trade is not None and account.trade.side > 0
    return round(bid if long else bid + spread, account.symbol.digits)
