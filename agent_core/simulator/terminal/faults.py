"""Faults on demand: what a terminal, a line or a broker may do wrong to a call."""

import os
from typing import Literal

from pydantic import BaseModel, ConfigDict

from agent_core.simulator.broker.retcodes import RETCODE_TEXTS
from agent_core.simulator.constants import RES_E_INTERNAL_FAIL_TIMEOUT
from agent_core.simulator.terminal.answers import ApiError


class Fault(BaseModel):
    """One fault, armed until it has happened `times` times.

    Attributes:
        call: API function it waits for; empty is any.
        kind: "hang": the call never returns. "kill": the terminal process dies. "lose_answer": the connection breaks
            before the answer. "retcode": `order_send` answers `retcode`. "fail": the call fails with `code`.
        executed: Whether the call is carried out before the fault strikes.
        retcode: Return code of "retcode".
        code: `last_error` of "fail": -10005 the time limit of the package's own calls, -1 anything else.
    """

    model_config = ConfigDict(extra="forbid")

    call: str = "order_send"
    kind: Literal["hang", "kill", "lose_answer", "retcode", "fail"]
    executed: bool = False
    retcode: int = 10012
    code: Literal[-1, -10005] = -10005
    times: int = 1

    @property
    def text(self) -> str:
        """The server's words for `retcode`."""
        return RETCODE_TEXTS.get(self.retcode, "Request processing error")

    @property
    def failure(self) -> ApiError:
        """The error of "fail"."""
        return ApiError(
            self.code, "IPC timeout" if self.code == RES_E_INTERNAL_FAIL_TIMEOUT else "Terminal: Call failed"
        )


class Faults:
    """The armed faults."""

    def __init__(self) -> None:
        self._armed: list[Fault] = []

    def arm(self, fault: Fault) -> None:
        """Adds a fault."""
        self._armed.append(fault)

    def clear(self) -> None:
        """Disarms all."""
        self._armed.clear()

    def take(self, call: str) -> Fault | None:
        """The fault that strikes this call, counted down."""
        for fault in self._armed:
            if fault.call in ("", call):
                fault.times -= 1
                if fault.times <= 0:
                    self._armed.remove(fault)
                return fault
        return None


def die() -> None:
    """Ends the process at once, as a crash does."""
    os._exit(9)
