"""The problem document that carries an error (RFC 9457)."""

from pydantic import BaseModel, ConfigDict

from agent_core.protocol.base import AnswerModel


class Problem(BaseModel):
    """Body of every error answer, `application/problem+json`.

    Attributes:
        type: URI reference of the kind of problem, `/problems/<code in lower case>`.
        title: Short human name of the kind.
        status: HTTP status code.
        detail: One sentence that says what is wrong and what to do.
        code: Entry of `ErrorCode`.
        field: Name of the offending field, for validation errors.
        instance: Request id, to quote to support.
    """

    model_config = ConfigDict(extra="ignore")

    type: str
    title: str
    status: int
    detail: str
    code: str
    field: str | None = None
    instance: str | None = None


class ProblemType(AnswerModel):
    """What `/problems/<code in lower case>` tells of a kind of problem.

    Attributes:
        type: Where it is told, as in `Problem.type`.
        meaning: What has happened, in one sentence.
        advice: What to do, in one sentence.
        retry: Whether the same request may succeed later, unchanged.
    """

    type: str
    code: str
    title: str
    status: int
    meaning: str
    advice: str
    retry: bool
