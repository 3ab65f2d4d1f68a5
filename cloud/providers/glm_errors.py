"""What goes wrong at the model: what may be asked again, and one sentence for the user for everything else."""

import httpx

from agent_core.protocol.errors import ErrorCode, ForexEliteError

#: Error codes in the answer's body; the HTTP status is 429 for several of them, so it decides nothing.
_RETRY_SOON = frozenset({"1302"})
_OVERLOADED = frozenset({"1305"})
_QUOTA_FOR_NOW = frozenset({"1308", "1310", "1313"})
_NO_CREDIT = frozenset({"1113", "1309", "1311", "1314"})
_FILTERED = frozenset({"1301", "sensitive"})
_REFUSED_KEY = frozenset({"1000", "1001", "1002", "1003", "1004"})
_REFUSED_REQUEST = frozenset({"1210", "1214"})
_TRY_AGAIN = frozenset({"network_error"})
_KEY_STATUSES = frozenset({401, 403, 434})
_TOO_LARGE_STATUSES = frozenset({413, 435})
_FINAL = _QUOTA_FOR_NOW | _NO_CREDIT | _FILTERED | _REFUSED_KEY | _REFUSED_REQUEST

_YOUR_OWN_CODE = "your own code can still be edited and compiled"


class VendorError(Exception):
    """The vendor's answer was an error, or ended for another reason than being complete."""

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.status = status

    @property
    def overloaded(self) -> bool:
        """Whether the model itself is overloaded, which lasts longer than a full queue."""
        return self.code in _OVERLOADED


class CutOffError(ForexEliteError):
    """The answer broke off in the middle. What came of it is worth nothing; the turn may be asked again."""

    def __init__(self) -> None:
        super().__init__(ErrorCode.GENERATION_FAILED, "The code generator's answer broke off. Try again.")


class BusyError(ForexEliteError):
    """The model has no time now."""

    def __init__(self) -> None:
        super().__init__(
            ErrorCode.GENERATION_BUSY, "The code generator is overloaded at the moment. Try again in a few minutes."
        )


def may_retry(error: Exception) -> bool:
    """Whether the same request may succeed a moment later."""
    if not isinstance(error, VendorError):
        return not isinstance(error, TimeoutError)
    if error.code in _RETRY_SOON | _OVERLOADED | _TRY_AGAIN:
        return True
    return error.code not in _FINAL and (error.status >= 500 or error.status == 429)


def out_of_credit(error: Exception) -> bool:
    """Whether every other request would fail for the same reason."""
    return isinstance(error, VendorError) and error.code in _QUOTA_FOR_NOW | _NO_CREDIT


def for_user(error: Exception) -> ForexEliteError:
    """The error as one sentence with what to do."""
    if isinstance(error, VendorError):
        return _vendor(error)
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return _failed("The code generator did not answer in time. Try again in a few minutes.")
    if isinstance(error, httpx.TransportError):
        return _failed(f"The code generator can't be reached. Try again in a few minutes; {_YOUR_OWN_CODE}.")
    return _failed("The code generator's answer could not be read. Try again.")


def _vendor(error: VendorError) -> ForexEliteError:
    code, status = error.code, error.status
    if code in _NO_CREDIT:
        return _failed(f"The code generator has no credit left. Tell support; {_YOUR_OWN_CODE}.")
    if code in _QUOTA_FOR_NOW:
        return _failed(f"The code generator's quota is used up for now. Try again later; {_YOUR_OWN_CODE}.")
    if code in _FILTERED:
        return _failed("The code generator refused this description. Describe the strategy alone.")
    if code == "length" or (not code and status in _TOO_LARGE_STATUSES):
        return _failed("The strategy got too long to be written in one go. Describe a simpler one.")
    if code in _REFUSED_KEY or (not code and status in _KEY_STATUSES):
        return _failed(f"The code generator does not accept the cloud's key. Tell support; {_YOUR_OWN_CODE}.")
    if code in _REFUSED_REQUEST:
        return _failed(f"The code generator is set up wrongly (code {code}). Tell support; {_YOUR_OWN_CODE}.")
    if may_retry(error):
        return BusyError()
    return _failed(f"The code generator failed (code {code or status}). Try again.")


def _failed(detail: str) -> ForexEliteError:
    return ForexEliteError(ErrorCode.GENERATION_FAILED, detail)
