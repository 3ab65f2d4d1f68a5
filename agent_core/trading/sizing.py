"""Position sizing: from lots, units, percent of equity or money at risk to lots the broker takes."""

from dataclasses import dataclass
from decimal import Decimal

from agent_core.protocol.errors import ErrorCode
from agent_core.terminal.models import SymbolSpec
from agent_core.trading.models import Finding, SizeMode
from agent_core.trading.numbers import calculable, decimal, money, plain, snap_volume_down, units_of


@dataclass(frozen=True, slots=True)
class SizeQuestion:
    """What sizing needs to know.

    Attributes:
        size: Lots, units, percent or money, as `mode` says.
        equity: The account's equity in its currency.
        entry: Expected entry price.
        stop: Price of the stop, if there is one.
        commission: Cost of opening and closing one lot in the account's currency; 0 where unknown.
    """

    mode: SizeMode
    size: Decimal
    spec: SymbolSpec
    entry: Decimal
    stop: Decimal | None
    equity: Decimal
    currency: str
    currency_digits: int = 2
    commission: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Sizing:
    """The answer.

    Attributes:
        lots: A multiple of the volume step; 0 where no size is possible.
        risk_money: Loss at the stop, commission included; None without a stop.
        formula: The calculation, for the trader to read.
    """

    lots: Decimal
    units: Decimal
    risk_money: Decimal | None
    formula: str
    findings: tuple[Finding, ...]


def loss_per_lot(spec: SymbolSpec, entry: Decimal, stop: Decimal) -> Decimal:
    """Returns what one lot loses between two prices, in the account's currency."""
    return abs(entry - stop) / decimal(spec.tick_size) * decimal(spec.tick_value_loss)


def profit_per_lot(spec: SymbolSpec, entry: Decimal, target: Decimal) -> Decimal:
    """Returns what one lot wins between two prices, in the account's currency."""
    return abs(entry - target) / decimal(spec.tick_size) * decimal(spec.tick_value_profit)


def size_order(question: SizeQuestion) -> Sizing:
    """Returns the lots for an order, rounded down to the volume step, and what stands against them."""
    if not calculable(question.size) or question.size <= 0:
        return _impossible("Enter a size above zero, as a plain number.", ErrorCode.INVALID_VOLUME, "size")
    if question.mode in (SizeMode.RISK_PERCENT, SizeMode.RISK_MONEY):
        return _by_risk(question)
    contract = decimal(question.spec.contract_size)
    if question.mode is SizeMode.UNITS:
        wanted = question.size / contract
        reason = f"{plain(question.size)} units ÷ {plain(contract)} per lot"
    else:
        wanted = question.size
        reason = f"{plain(question.size)} lots"
    return _answer(question, wanted, reason)


def _by_risk(question: SizeQuestion) -> Sizing:
    if question.stop is None:
        return _impossible("Set a stop: sizing by risk needs its distance.", ErrorCode.INVALID_STOPS, "sl")
    if question.mode is SizeMode.RISK_PERCENT:
        if question.size > 100:
            return _impossible("Risk at most 100 % of the equity.", ErrorCode.VALIDATION_ERROR, "size")
        risk = question.equity * question.size / 100
        reason = f"{plain(question.size)} % of {_amount(question, question.equity)} = {_amount(question, risk)}"
    else:
        risk = question.size
        reason = _amount(question, risk)
    per_lot = loss_per_lot(question.spec, question.entry, question.stop) + question.commission
    if per_lot <= 0:
        return _impossible("The stop must be away from the entry price.", ErrorCode.INVALID_STOPS, "sl")
    pips = abs(question.entry - question.stop) / decimal(question.spec.pip)
    reason += f" ÷ {_amount(question, per_lot)} per lot over {plain(pips.quantize(Decimal('0.1')))} pips"
    if question.commission > 0:
        reason += f" and {_amount(question, question.commission)} commission"
    return _answer(question, risk / per_lot, reason)


def _answer(question: SizeQuestion, wanted: Decimal, reason: str) -> Sizing:
    spec = question.spec
    ceiling = decimal(spec.volume_max)
    if spec.volume_limit > 0:
        ceiling = min(ceiling, decimal(spec.volume_limit))
    lots = snap_volume_down(wanted, spec)
    findings: list[Finding] = []
    if lots < decimal(spec.volume_min):
        findings.append(_too_small(question, wanted))
        lots = Decimal(0)
    elif lots > ceiling:
        findings.append(
            Finding(
                ErrorCode.INVALID_VOLUME,
                f"{plain(lots)} lots are more than the broker's maximum of {plain(ceiling)} for {spec.name}. "
                "Lower the size.",
                "size",
            )
        )
    risk = None
    if question.stop is not None:
        per_lot = loss_per_lot(spec, question.entry, question.stop) + question.commission
        risk = money(per_lot * lots, question.currency_digits)
    return Sizing(lots, units_of(lots, spec), risk, f"{reason} → {plain(lots)} lots", tuple(findings))


def _too_small(question: SizeQuestion, wanted: Decimal) -> Finding:
    minimum = plain(decimal(question.spec.volume_min))
    if question.mode in (SizeMode.RISK_PERCENT, SizeMode.RISK_MONEY):
        text = (
            f"This risk allows {plain(wanted.quantize(Decimal('0.0001')))} lots, less than the broker's minimum of "
            f"{minimum}. Risk more, or move the stop closer."
        )
    else:
        text = (
            f"{plain(wanted.quantize(Decimal('0.0001')))} lots are less than the broker's minimum of {minimum} "
            f"for {question.spec.name}. Raise the size."
        )
    return Finding(ErrorCode.INVALID_VOLUME, text, "size")


def _impossible(text: str, code: ErrorCode, field: str) -> Sizing:
    return Sizing(Decimal(0), Decimal(0), None, "", (Finding(code, text, field),))


def _amount(question: SizeQuestion, amount: Decimal) -> str:
    return f"{money(amount, question.currency_digits):,} {question.currency}"
