"""The switches that must all be on before an order may go out, as data that a window can show."""

from datetime import UTC, datetime, timedelta

from agent_core.terminal.models import Account, Permission, SymbolSpec, TerminalInfo, TradeMode

_MODES = {
    TradeMode.DISABLED: "The broker does not trade this symbol; choose another one, perhaps with another suffix.",
    TradeMode.CLOSE_ONLY: "The broker only lets positions in this symbol be closed; choose another symbol.",
}


#: MetaTrader tells no trading hours; an instrument that trades is quoted more often than this.
_QUIET = timedelta(minutes=15)


def permission_stack(
    info: TerminalInfo,
    account: Account | None,
    symbol: SymbolSpec | None = None,
    quoted: datetime | None = None,
    now: datetime | None = None,
) -> tuple[Permission, ...]:
    """Returns the stack from the outside in; the first one that is not allowed is the one to fix first.

    Args:
        info: The terminal's state.
        account: Its account, where it is logged in.
        symbol: The instrument to be traded, if any; then its own switches come last.
        quoted: When the instrument was quoted last; None if it has no quote.
        now: The present time.
    """
    stack = [
        Permission(
            "Connection to the broker",
            info.connected,
            "MetaTrader is not connected: check the internet connection and log in under File, Login to Trade Account.",
        ),
        Permission(
            "Algo Trading button",
            info.trade_allowed,
            "Press the Algo Trading button in MetaTrader's toolbar; it must be green.",
        ),
        Permission(
            "Orders from other programs",
            not info.tradeapi_disabled,
            "In MetaTrader open Tools, Options, Expert Advisors and clear "
            "'Disable automatic trading via external Python API'.",
        ),
    ]
    if account is not None:
        stack += [
            Permission(
                "Trading on this account",
                account.trade_allowed,
                "This login may only look: log in with the master password, not the investor's, or ask your broker.",
            ),
            Permission(
                "Automated trading on this account",
                account.trade_expert,
                "The broker forbids automated trading on this account: ask your broker, or use another account.",
            ),
        ]
    if symbol is not None:
        stack.append(
            Permission(f"Trading {symbol.name}", symbol.trade_mode not in _MODES, _MODES.get(symbol.trade_mode, ""))
        )
        stack.append(_market_hours(symbol, quoted, now or datetime.now(UTC)))
    return tuple(stack)


def _market_hours(symbol: SymbolSpec, quoted: datetime | None, now: datetime) -> Permission:
    since = f"was quoted last on {quoted:%A %d %B at %H:%M} UTC" if quoted else "is not quoted"
    fix = f"The market seems to be closed: {symbol.name} {since}. Wait for its trading hours."
    return Permission(f"Market of {symbol.name} open", quoted is not None and now - quoted < _QUIET, fix)
