"""The switches that must all be on before an order may go out, as data that a window can show."""

from agent_core.terminal.models import Account, Permission, SymbolSpec, TerminalInfo, TradeMode

_MODES = {
    TradeMode.DISABLED: "The broker does not trade this symbol; choose another one, perhaps with another suffix.",
    TradeMode.CLOSE_ONLY: "The broker only lets positions in this symbol be closed; choose another symbol.",
}


def permission_stack(
    info: TerminalInfo, account: Account | None, symbol: SymbolSpec | None = None
) -> tuple[Permission, ...]:
    """Returns the stack from the outside in; the first one that is not allowed is the one to fix first."""
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
    return tuple(stack)
