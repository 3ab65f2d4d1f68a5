"""Reading the model's answer, in whatever pieces it comes."""

import pytest

from cloud.ea.answer import AnswerReader, parse_answer

CODE = "int a = 1; // `tick`\nvoid OnTick() {}\n"
ANSWER = f"""**BRIEF:**
**Entry:** cross of two averages
 over two lines
- Exit: stop or 2R
Risk: 1 %
Inputs: InpFast = 9
Assumed: M15

```mql5
{CODE}```
That is all."""


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50, 1000])
def test_code_and_brief_are_shown_whatever_the_pieces(size: int) -> None:
    reader, shown, briefs = AnswerReader(), "", []
    for start in range(0, len(ANSWER), size):
        brief, code = reader.feed(ANSWER[start : start + size])
        shown += code
        briefs += [brief] if brief else []
    assert shown == CODE
    assert [brief.entry for brief in briefs] == ["cross of two averages\n over two lines"]
    assert reader.text == ANSWER


def test_a_whole_answer_has_brief_and_source() -> None:
    answer = parse_answer(ANSWER)
    assert answer.source == CODE
    assert answer.brief is not None
    assert (answer.brief.exit, answer.brief.risk, answer.brief.guards) == ("stop or 2R", "1 %", "")
    assert answer.questions == ()


def test_the_longest_block_is_the_source_and_half_a_brief_is_none() -> None:
    answer = parse_answer("BRIEF:\nEntry: x\n```mql5\nint a;\n```\nor\n```cpp\nint a; int b;\n```")
    assert (answer.source, answer.brief) == ("int a; int b;\n", None)


def test_questions_and_refusals_come_without_code() -> None:
    asked = parse_answer("QUESTIONS:\n1. When to enter?\n- When to leave?\n\n• How much?\n4) What else?")
    assert asked.questions == ("When to enter?", "When to leave?", "How much?")
    assert parse_answer("REFUSED: no strategy\nsorry").refusal == "no strategy"
    assert parse_answer(ANSWER + "\nQUESTIONS:\n1. Really?").questions == ()
    assert parse_answer("just talk") == parse_answer("")
