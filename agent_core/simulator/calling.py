"""How the MetaTrader5 package's functions, written in C, are called and fail."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from agent_core.simulator.arguments import ArgumentsError, ConversionError, LateConversionError
from agent_core.simulator.constants import RES_E_INTERNAL_FAIL_CONNECT, RES_S_OK
from agent_core.simulator.session import ApiFailure, Session

_Function = Callable[..., Any]


def api(
    session: Session, *, failure: Any = None, refusal: Any = None, keywords: bool = False, arguments: bool = True,
    resets: bool = True,
) -> Callable[[_Function], _Function]:  # fmt: skip
    """Makes a Python function behave as one of the package's.

    Args:
        session: Holds the last error.
        failure: What it returns when it fails.
        refusal: What it returns for wrong arguments.
        keywords: Whether it takes keyword arguments.
        arguments: Whether it takes any.
        resets: Whether it sets the last error to success first.
    """

    def decorate(function: _Function) -> _Function:
        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            _check_convention(function.__name__, args, kwargs, keywords=keywords, arguments=arguments)
            if resets:
                session.error = (RES_S_OK, "Success")
            try:
                return function(*args, **kwargs)
            except ConversionError as error:
                session.error = (error.code, error.text)
                raise _broken(function) from None
            except LateConversionError:
                if not session.connected:
                    session.error = (RES_E_INTERNAL_FAIL_CONNECT, "No IPC connection")
                raise _broken(function) from None
            except ArgumentsError as error:
                session.error = (error.code, error.text)
                return refusal
            except ApiFailure:
                return failure

        return call

    return decorate


def _check_convention(
    name: str, args: tuple[Any, ...], kwargs: dict[str, Any], *, keywords: bool, arguments: bool
) -> None:
    """Python itself refuses these before the package sees them: the last error stays."""
    full = name if arguments else f"MetaTrader5._core.{name}"
    if kwargs and not keywords:
        raise TypeError(f"{full}() takes no keyword arguments")
    if args and not arguments:
        raise TypeError(f"{full}() takes no arguments ({len(args)} given)")


def _broken(function: _Function) -> SystemError:
    return SystemError(f"<built-in function {function.__name__}> returned a result with an exception set")
