"""Settings of the cloud, from the environment or given by the program that embeds it."""

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

_REQUIRED_WHEN_HOSTED = (
    "database_url",
    "supabase_url",
    "supabase_service_role_key",
    "credentials_keys",
    "agent_key_secret",
)
_DEFAULTS_NOBODY_MAY_USE = {"", "xxx", "changeme", "change-me", "secret", "password", "default", "example"}


#: Settings that are addresses with a password → schemes.
_ADDRESSES = {
    "database_url": ("postgresql", "postgres"), "migration_database_url": ("postgresql", "postgres"),
    "redis_url": ("redis", "rediss", "unix"), "smtp_url": ("smtp", "smtps"),
}  # fmt: skip


#: Supavisor's and PgBouncer's port at Supabase for connections that change after each transaction.
_TRANSACTION_POOLER = 6543


class MissingSettingError(ValueError):
    """A setting the hosted cloud can't run without is missing or left at an example value."""


class CloudSettings(BaseSettings):
    """Settings of the cloud.

    Every name in capitals is the environment variable: `database_url` is `DATABASE_URL`. An empty one counts as unset.

    Attributes:
        mode: `hosted` refuses to start with a missing or example secret, `local` is for the embedded servers.
        database_url: Postgres address of the role `app_api` (NOINHERIT: each work of a user takes their role).
        database_pool_min: Connections kept open to Postgres, for users and for the service each; `database_pool_max` at
            most. One more waits for notifications.
        migration_database_url: Address of the role that owns the tables, for `migrate`; empty takes `database_url`.
        supabase_url: Base address of the Supabase project.
        supabase_service_role_key: Key with which the cloud writes artifacts.
        supabase_anon_key: Key sent with sign-in calls; empty takes the service role key.
        supabase_jwt_secret: Legacy HS256 secret; empty accepts asymmetric signatures alone.
        credentials_keys: Fernet keys, newest first; the first encrypts, all decrypt.
        agent_key_secret: Key of the HMAC over agents' pairing keys.
        agent_silent_seconds: An agent without any contact for so long is offline; it polls every 25 s.
        heartbeat_overdue_seconds: A running EA without a heartbeat for so long is offline; they come every 5 minutes.
        agent_alert_seconds: An agent away for so long raises an alert.
        keep_jobs_days: Jobs that have ended are kept for so long; readings for one day.
        keep_events_days: Events that agents uploaded are kept for so long; what they changed stays.
        keep_logs_days: Log lines of deployments are kept for so long.
        redis_url: Shared cache and rate limits; empty keeps them in this process.
        oanda_url: Where the prices' own account is; `oanda_stream_url` where it streams.
        oanda_practice_url: Where users' practice accounts are; `oanda_live_url` where their live ones are.
        glm_thinking: Whether the model thinks before it answers.
        glm_parallel: How many requests the key may have at work at once.
        glm_price_in: US dollars per million tokens asked; `glm_price_out` per million answered.
        glm_silence_seconds: The model may be silent for so long before it is given up.
        generations_a_day: Generations one user may begin between 00:00 and 24:00 UTC.
        generation_tokens_a_day: Tokens one user's generations may use in that time.
        generations_at_once: Generations one user may have at work at once.
        user_requests_a_minute: Rate limit of one user.
        sign_ins_per_5_minutes: Rate limit of one IP address on sign-in and sign-up.
        refreshes_per_5_minutes: Rate limit of one IP address on refresh and sign-out.
        forwarded_allow_ips: Proxies whose X-Forwarded-For is believed.
        alert_webhook_url: Where alerts about the service are posted as JSON; empty for none.
        alert_email: Who gets alerts about the service by e-mail; needs `smtp_url`.
        smtp_url: Mail server, `smtp://user:password@host:587` or `smtps://`; users get their alerts through it too.
        smtp_from: Sender of these e-mails.
        metrics_token: Bearer token of /metrics; outside local mode /metrics answers 404 without one.
    """

    model_config = SettingsConfigDict(
        extra="ignore", populate_by_name=True, hide_input_in_errors=True, env_ignore_empty=True
    )

    mode: Literal["hosted", "local"] = Field(default="hosted", validation_alias="FOREXELITE_CLOUD_MODE")
    host: str = Field(default="127.0.0.1", validation_alias="HOST")
    port: int = Field(default=8000, validation_alias="PORT")

    database_url: SecretStr = SecretStr("")
    migration_database_url: SecretStr = SecretStr("")
    database_pool_min: int = 3
    database_pool_max: int = 10

    supabase_url: str = ""
    supabase_service_role_key: SecretStr = SecretStr("")
    supabase_anon_key: SecretStr = SecretStr("")
    supabase_jwt_secret: SecretStr = SecretStr("")

    credentials_keys: Annotated[list[SecretStr], NoDecode] = Field(default_factory=list)
    agent_key_secret: SecretStr = SecretStr("")

    agent_silent_seconds: float = 90
    heartbeat_overdue_seconds: float = 600
    agent_alert_seconds: float = 600
    keep_jobs_days: int = Field(default=90, ge=7)
    keep_events_days: int = Field(default=30, ge=1)
    keep_logs_days: int = Field(default=90, ge=1)

    redis_url: SecretStr = SecretStr("")

    oanda_api_key: SecretStr = SecretStr("")
    oanda_account_id: str = ""
    oanda_url: str = "https://api-fxpractice.oanda.com"
    oanda_stream_url: str = "https://stream-fxpractice.oanda.com"
    oanda_practice_url: str = "https://api-fxpractice.oanda.com"
    oanda_live_url: str = "https://api-fxtrade.oanda.com"

    glm_api_key: SecretStr = SecretStr("")
    glm_base_url: str = "https://api.z.ai/api/paas/v4"
    glm_model: str = "glm-5"
    glm_thinking: bool = True
    glm_parallel: int = Field(default=2, ge=1)
    glm_price_in: float = 1.00
    glm_price_out: float = 3.20
    glm_silence_seconds: float = 60
    generations_a_day: int = 50
    generation_tokens_a_day: int = 1_000_000
    generations_at_once: int = 2

    user_requests_a_minute: int = 100
    sign_ins_per_5_minutes: int = 30
    refreshes_per_5_minutes: int = 150
    forwarded_allow_ips: str = "127.0.0.1"
    alert_webhook_url: SecretStr = SecretStr("")
    alert_email: str = ""
    smtp_url: SecretStr = SecretStr("")
    smtp_from: str = "ForexElite Pro <alerts@localhost>"
    metrics_token: SecretStr = SecretStr("")
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("credentials_keys", mode="before")
    @classmethod
    def _split_keys(cls, value: object) -> object:
        return [key.strip() for key in value.split(",") if key.strip()] if isinstance(value, str) else value

    @field_validator(
        "supabase_url", "glm_base_url", "oanda_url", "oanda_stream_url", "oanda_practice_url", "oanda_live_url"
    )
    @classmethod
    def _without_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @field_validator(*_ADDRESSES, mode="after")
    @classmethod
    def _readable(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        """Refuses an address that would only fail later, in a message that shows a part of its password."""
        text, name = value.get_secret_value(), str(info.field_name)
        if text.strip().lower() not in _DEFAULTS_NOBODY_MAY_USE and not _is_address(text, _ADDRESSES[name]):
            raise ValueError(
                f"{name.upper()} can't be read. Write {_ADDRESSES[name][0]}://user:password@host:port, with the "
                "password's special characters percent-encoded (@ is %40, # is %23, / is %2F)."
            )
        return value

    @field_validator("database_url", "migration_database_url")
    @classmethod
    def _keeps_its_session(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        """Refuses Supabase's transaction pooler: there a role that a connection holds would be the next client's."""
        hosts = urlsplit(value.get_secret_value()).netloc.rpartition("@")[2].split(",")
        if any(host.endswith(f":{_TRANSACTION_POOLER}") for host in hosts):
            raise ValueError(
                f"{str(info.field_name).upper()} names a transaction pooler (port {_TRANSACTION_POOLER}), which keeps "
                "neither roles nor notifications. Use the direct or the session address, port 5432."
            )
        return value

    @model_validator(mode="after")
    def _name_the_proxies(self) -> Self:
        if self.mode == "hosted" and "*" in self.forwarded_allow_ips:
            raise ValueError("FORWARDED_ALLOW_IPS=* lets anybody choose an address. Name the proxies' networks.")
        return self

    @model_validator(mode="after")
    def _default_addresses(self) -> Self:
        if not self.migration_database_url.get_secret_value():
            self.migration_database_url = self.database_url
        if not self.supabase_anon_key.get_secret_value():
            self.supabase_anon_key = self.supabase_service_role_key
        return self

    @property
    def issuer(self) -> str:
        """Issuer of the user tokens this cloud accepts."""
        return f"{self.supabase_url}/auth/v1"

    def require_secrets(self) -> None:
        """Refuses to go on with a missing or example secret; local mode makes its own.

        Raises:
            MissingSettingError: names the environment variable.
        """
        if self.mode == "local":
            return
        for name in _REQUIRED_WHEN_HOSTED:
            if any(text.strip().lower() in _DEFAULTS_NOBODY_MAY_USE for text in self._texts(name)):
                raise MissingSettingError(
                    f"{name.upper()} is missing or still an example value. Set it in the environment and start again."
                )

    def _texts(self, name: str) -> list[str]:
        value = getattr(self, name)
        values = value if isinstance(value, list) else [value]
        texts = [item.get_secret_value() if isinstance(item, SecretStr) else str(item) for item in values]
        return texts or [""]


def _is_address(text: str, schemes: tuple[str, ...]) -> bool:
    try:
        address = urlsplit(text)
        if "," not in address.netloc:  # of several hosts each has its own port
            _ = address.port
    except ValueError:
        return False
    return address.scheme in schemes and address.netloc.count("@") <= 1 and not address.fragment
