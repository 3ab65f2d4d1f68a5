"""What a user's generations may use in a day, and what they did use: a ledger row each, whatever became of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from agent_core.protocol.ea import GenerationUsage
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from cloud.auth.claims import Claims
from cloud.db.pool import Database
from cloud.ea import repository
from cloud.ea.generation import Spending
from cloud.places import SharedPlaces, Taking
from cloud.providers.glm import GlmClient


@dataclass(frozen=True, slots=True)
class DayLimits:
    """What one user may use between 00:00 and 24:00 UTC, and how many generations may be at work at once."""

    generations: int
    tokens: int
    at_once: int


@dataclass(slots=True)
class Account:
    """The ledger's row of a generation at work. `spending` is what it has used; `noted` what the row has of that."""

    user_id: UUID
    generation_id: UUID
    spending: Spending = field(default_factory=Spending)
    noted: Spending = field(default_factory=Spending)


class GenerationBudget:
    """Keeps users within their limits. The ledger and the places at work are shared by all workers."""

    def __init__(self, db: Database, glm: GlmClient, limits: DayLimits, places: SharedPlaces) -> None:
        self._db = db
        self._glm = glm
        self._limits = limits
        self._places = places

    @asynccontextmanager
    async def generation(self, claims: Claims, generation_id: UUID) -> AsyncIterator[Account]:
        """Opens the ledger's row of a generation and writes into it what was spent, however it ends.

        A generation that goes on after its questions is the same row; one that cost nothing leaves none.

        Raises:
            ForexEliteError: GENERATION_BUDGET when the day's is used up, GENERATION_BUSY with too many at once,
                CONFLICT when the id is another user's or still at work.
        """
        account = Account(claims.user_id, generation_id)
        row, name = f"generations:{claims.user_id}", str(generation_id)
        _refuse_without_place(await self._places.take(row, name, self._limits.at_once), self._limits.at_once)
        try:
            await self._open(account)
            try:
                yield account
            finally:
                await self._note(account)
        finally:
            await self._places.free(row, name)

    async def may_go_on(self, account: Account) -> bool:
        """Writes down what was spent so far, and says whether the user's day has tokens for more."""
        await self._note(account)
        async with self._db.as_service() as tx:
            used = await repository.used_today(tx, account.user_id)
        return bool(used["tokens"] < self._limits.tokens)

    async def usage(self, claims: Claims) -> GenerationUsage:
        """What the user has used today."""
        async with self._db.as_user(claims) as db:
            used = await repository.used_today(db, claims.user_id)
        return GenerationUsage(
            model=self._glm.config.model, generations=used["generations"], tokens=used["tokens"],
            cost_usd=used["cost_usd"], generations_a_day=self._limits.generations, tokens_a_day=self._limits.tokens,
        )  # fmt: skip

    async def _open(self, account: Account) -> None:
        user_id, generation_id = account.user_id, account.generation_id
        async with self._db.as_service() as tx:
            await repository.lock_ledger(tx, user_id)
            used = await repository.used_today(tx, user_id)
            known = await repository.generation_known(tx, user_id, generation_id)
            self._refuse_spent(used["tokens"], 0 if known else used["generations"])
            if not known and not await repository.open_ledger(tx, user_id, generation_id, self._glm.config.model):
                raise ForexEliteError(ErrorCode.CONFLICT, "This generation id is taken. Leave it out to get a new one.")

    def _refuse_spent(self, tokens: int, generations: int) -> None:
        if generations >= self._limits.generations:
            spent = f"today's {self._limits.generations} generations"
        elif tokens >= self._limits.tokens:
            spent = f"today's {self._limits.tokens:,} tokens"
        else:
            return
        raise ForexEliteError(
            ErrorCode.GENERATION_BUDGET,
            f"You have used up {spent} of the code generator. It goes on at 00:00 UTC; your own code can still be "
            "edited and compiled.",
        )

    async def _note(self, account: Account) -> None:
        spent, noted = account.spending, account.noted
        prompt, completion = spent.prompt_tokens, spent.completion_tokens
        more = (prompt - noted.prompt_tokens, completion - noted.completion_tokens)
        # The price of the whole, so that rounding does not add up.
        price = self._glm.cost_usd
        cost = price(prompt, completion) - price(noted.prompt_tokens, noted.completion_tokens)
        async with self._db.as_service() as tx:
            await repository.add_to_ledger(tx, account.user_id, account.generation_id, *more, cost)
        account.noted = Spending(prompt, completion)


def _refuse_without_place(taking: Taking, at_once: int) -> None:
    if taking is Taking.TWICE:
        raise ForexEliteError(ErrorCode.CONFLICT, "This generation is still at work. Wait for its end.")
    if taking is Taking.NONE:
        raise ForexEliteError(
            ErrorCode.GENERATION_BUSY, f"You have {at_once} generations at work. Wait for one to end, or cancel it."
        )
