"""The permission switches of the terminal, the account and the connection."""

import configparser
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from agent_core.simulator.broker.ledger import Ledger
from agent_core.simulator.layout import utf16


@dataclass(slots=True)
class Switches:
    """State of everything that must be on before an order may go out.

    Attributes:
        auto_trading: The toolbar's "Algo Trading" button.
        api_disabled: Options, Expert Advisors: "Disable automatic trading via external Python API".
        connected: Connection to the trade server.
        trade_allowed: Off for an investor's password or a disabled account.
        trade_expert: Off where the broker forbids automated trading.
        authorized: Off: the account's login was refused.
    """

    auto_trading: bool = True
    api_disabled: bool = False
    connected: bool = True
    trade_allowed: bool = True
    trade_expert: bool = True
    authorized: bool = True

    def save(self, ledger: Ledger, data_folder: Path, account: tuple[int, str]) -> None:
        """Keeps the switches over a restart; button and account live in common.ini, as in MetaTrader."""
        stored = asdict(self)
        del stored["auto_trading"]
        ledger.set("switches", stored)
        ledger.commit()
        config = read_common_ini(data_folder)
        for section in ("Common", "Experts"):
            if not config.has_section(section):
                config.add_section(section)
        config.set("Common", "Login", str(account[0]))
        config.set("Common", "Server", account[1])
        config.set("Experts", "AllowLiveTrading", "1")
        config.set("Experts", "Enabled", "1" if self.auto_trading else "0")
        lines = [
            line
            for section in config.sections()
            for line in (f"[{section}]", *(f"{key}={value}" for key, value in config.items(section)))
        ]
        (data_folder / "config" / "common.ini").write_bytes(utf16("\r\n".join(lines) + "\r\n"))


def load_switches(ledger: Ledger, data_folder: Path) -> Switches:
    """Reads the switches of a data folder; everything is on at first."""
    names = {field.name for field in fields(Switches)}
    switches = Switches(**{key: value for key, value in ledger.meta.get("switches", {}).items() if key in names})
    switches.auto_trading = read_common_ini(data_folder).get("Experts", "Enabled", fallback="1") == "1"
    return switches


def read_common_ini(data_folder: Path) -> configparser.ConfigParser:
    """Reads config/common.ini; empty where there is none."""
    config = configparser.ConfigParser(interpolation=None, strict=False, delimiters=("=",))
    config.optionxform = str  # type: ignore[assignment,method-assign]  # keys keep their case
    path = data_folder / "config" / "common.ini"
    if path.exists():
        config.read_string(decode_text(path.read_bytes()))
    return config


def decode_text(content: bytes) -> str:
    """Text of a terminal's file, told by its byte order mark: UTF-16LE, else UTF-8."""
    if content.startswith(b"\xff\xfe"):
        return content[2:].decode("utf-16-le", errors="replace")
    return content.decode("utf-8-sig", errors="replace")
