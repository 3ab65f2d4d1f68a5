"""Brings alerts to people: by e-mail or to a webhook."""

import asyncio
import smtplib
import ssl
from collections.abc import Awaitable
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import httpx
import structlog

from cloud.alerts.incidents import Telling
from cloud.settings import CloudSettings

_log = structlog.get_logger(__name__)

_SECONDS = 15.0
#: From this SMTP code on an address is refused for good.
_NEVER = 500


class UndeliveredError(Exception):
    """It did not arrive; it is tried again.

    Attributes:
        for_all: Nothing else would arrive now either.
    """

    def __init__(self, reason: str, *, for_all: bool = True) -> None:
        super().__init__(reason)
        self.for_all = for_all


class Courier:
    """Sends what the settings allow: operators' alerts to the webhook and their address, users' to theirs."""

    def __init__(self, http: httpx.AsyncClient, settings: CloudSettings) -> None:
        self._http = http
        self._webhook = settings.alert_webhook_url.get_secret_value()
        self._smtp = settings.smtp_url.get_secret_value()
        self._sender = settings.smtp_from
        self._operators = settings.alert_email

    @property
    def serves_operators(self) -> bool:
        """Whether alerts about the service can reach somebody."""
        return bool(self._webhook or (self._smtp and self._operators))

    @property
    def serves_users(self) -> bool:
        """Whether users can be written to."""
        return bool(self._smtp)

    async def tell(self, telling: Telling) -> None:
        """Delivers one message. Operators have been told when one of their ways worked.

        Raises:
            UndeliveredError: it did not arrive.
        """
        subject, text = _words(telling)
        ways: list[Awaitable[None]] = []
        if telling.email is not None:
            ways.append(self._mail(telling.email, subject, text))
        else:
            if self._webhook:
                ways.append(self._post(telling, subject, text))
            if self._smtp and self._operators:
                ways.append(self._mail(self._operators, subject, text))
        failures = [failure for failure in await asyncio.gather(*map(_tried, ways)) if failure is not None]
        if failures and len(failures) == len(ways):
            raise failures[0]
        for failure in failures:
            _log.warning("alert_way_failed", kind=telling.kind, error=str(failure))

    async def _post(self, telling: Telling, subject: str, text: str) -> None:
        body = {
            "kind": telling.kind,
            "status": "resolved" if telling.over else "firing",
            "since": telling.since.isoformat(),
            "message": telling.message,
            # What chat services show.
            "text": f"{subject}\n{text}",
        }
        (await self._http.post(self._webhook, json=body, timeout=_SECONDS)).raise_for_status()

    async def _mail(self, address: str, subject: str, text: str) -> None:
        try:
            await asyncio.to_thread(self._send, address, subject, text)
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as error:
            code = _code_of(error)
            if code < _NEVER:
                raise UndeliveredError(type(error).__name__, for_all=False) from error
            _log.warning("alert_refused_for_good", code=code)
        except (smtplib.SMTPNotSupportedError, ValueError) as error:
            # No address that this mail server can write to.
            _log.warning("alert_refused_for_good", error=type(error).__name__)

    def _send(self, address: str, subject: str, text: str) -> None:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._sender, address, subject
        message.set_content(text)
        place = urlsplit(self._smtp)
        host, secure = place.hostname or "", place.scheme == "smtps"
        context = ssl.create_default_context()
        with (
            smtplib.SMTP_SSL(host, place.port or 465, timeout=_SECONDS, context=context)
            if secure
            else smtplib.SMTP(host, place.port or 587, timeout=_SECONDS)
        ) as server:
            if not secure and server.has_extn("starttls"):
                server.starttls(context=context)
            if place.username:
                server.login(unquote(place.username), unquote(place.password or ""))
            server.send_message(message)


def _code_of(error: smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError) -> int:
    if isinstance(error, smtplib.SMTPDataError):
        return error.smtp_code
    code, _ = next(iter(error.recipients.values()), (0, b""))
    return code


async def _tried(way: Awaitable[None]) -> UndeliveredError | None:
    try:
        await way
    except UndeliveredError as error:
        return error
    except (httpx.HTTPError, smtplib.SMTPException, OSError) as error:
        return UndeliveredError(type(error).__name__)
    return None


def _words(telling: Telling) -> tuple[str, str]:
    state = "over" if telling.over else "alert"
    subject = f"ForexElite Pro, {state}: {telling.kind.replace('_', ' ')}"
    since = f"{telling.since:%Y-%m-%d %H:%M} UTC"
    ending = "It is over now." if telling.over else "You will be told when it is over."
    return subject, f"{telling.message}\n\nSince {since}. {ending}\n"
