"""Figures of the generations, for those who run the service."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from prometheus_client import Counter, Histogram

from agent_core.protocol.errors import ForexEliteError
from cloud.ea.generation import Spending

_GENERATIONS = Counter(
    "forexelite_generations_total", "Generations by result: version, questions, cancelled, or an error's code",
    ("result",),
)  # fmt: skip
_ROUNDS = Histogram(
    "forexelite_generation_rounds", "Answers of the model a version took, repairs included", buckets=(1, 2, 3, 4, 5)
)
_TOKENS = Counter("forexelite_generation_tokens_total", "Tokens used, asked and answered", ("kind",))
_SECONDS = Histogram(
    "forexelite_generation_seconds", "Time a generation took", buckets=(1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1200)
)


@dataclass(slots=True)
class Outcome:
    """What comes of a generation: "version" after so many rounds, or "questions"."""

    result: str = "cancelled"
    rounds: int = 0


@contextmanager
def metered(spending: Spending) -> Iterator[Outcome]:
    """Counts one generation, however it ends."""
    outcome, begun = Outcome(), time.monotonic()
    try:
        yield outcome
    except ForexEliteError as error:
        outcome.result = error.code.value
        raise
    except (asyncio.CancelledError, GeneratorExit):
        raise
    except BaseException:
        outcome.result = "INTERNAL_ERROR"
        raise
    finally:
        _GENERATIONS.labels(outcome.result).inc()
        _SECONDS.observe(time.monotonic() - begun)
        _TOKENS.labels("prompt").inc(spending.prompt_tokens)
        _TOKENS.labels("completion").inc(spending.completion_tokens)
        if outcome.rounds:
            _ROUNDS.observe(outcome.rounds)
