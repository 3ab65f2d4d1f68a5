"""What a user's generations may use in a day, and what they did use: a ledger row each, whatever became of it."""

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from agent_core.protocol.ea import GenerationUsage
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from cloud.auth.claims import Claims
from cloud.db.pool import Database
from cloud.ea import repository
from cloud.ea.generation import Spending
from cloud.providers.glm import GlmClient


@dataclass(frozen=True, slots=True)
class DayLimits:
    """What one user may use between 00:00 and 24:00 UTC, and how many generations may be at work at once."""

    generations: int
    tokens: int
    at_once: int


class GenerationBudget:
    """Keeps users within their limits. The ledger is shared by all workers; what is at work is known to each alone."""

    def __init__(self, db: Database, glm: GlmClient, limits: DayLimits) -> None:
        self._db = db
        self._glm = glm
        self._limits = limits
        self._at_work: defaultdict[UUID, set[UUID]] = defaultdict(set)

    @asynccontextmanager
    async def generation(self, claims: Claims, generation_id: UUID) -> AsyncIterator[Spending]:
        """Opens the ledger's row of a generation and writes into it what was spent, however it ends.

        A generation that goes on after its questions is the same row; one that cost nothing leaves none.

        Raises:
            ForexEliteError: GENERATION_BUDGET when the day's is used up, GENERATION_BUSY with too many at once,
                CONFLICT when the id is another user's.
        """
        user_id = claims.user_id
        self._take_place(user_id, generation_id)
        try:
            await self._open(user_id, generation_id)
            spending = Spending()
            try:
                yield spending
            finally:
                await self._note(user_id, generation_id, spending)
        finally:
            self._at_work[user_id].discard(generation_id)
            if not self._at_work[user_id]:
                del self._at_work[user_id]

    async def usage(self, claims: Claims) -> GenerationUsage:
        """What the user has used today."""
        async with self._db.as_user(claims) as db:
            used = await repository.used_today(db, claims.user_id)
        return GenerationUsage(
            model=self._glm.config.model, generations=used["generations"], tokens=used["tokens"],
            cost_usd=used["cost_usd"], generations_a_day=self._limits.generations, tokens_a_day=self._limits.tokens,
        )  # fmt: skip

    def _take_place(self, user_id: UUID, generation_id: UUID) -> None:
        if generation_id in self._at_work[user_id]:
            raise ForexEliteError(ErrorCode.CONFLICT, "This generation is still at work. Wait for its end.")
        if len(self._at_work[user_id]) >= self._limits.at_once:
            raise ForexEliteError(
                ErrorCode.GENERATION_BUSY,
                f"You have {self._limits.at_once} generations at work. Wait for one to end, or cancel it.",
            )
        self._at_work[user_id].add(generation_id)

    async def _open(self, user_id: UUID, generation_id: UUID) -> None:
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

    async def _note(self, user_id: UUID, generation_id: UUID, spending: Spending) -> None:
        cost = self._glm.cost_usd(spending.prompt_tokens, spending.completion_tokens)
        async with self._db.as_service() as tx:
            await repository.add_to_ledger(
                tx, user_id, generation_id, spending.prompt_tokens, spending.completion_tokens, cost
            )
