from io import BytesIO

import pytest

from agent_core.terminal.framing import read_message, write_message


def test_messages_follow_each_other() -> None:
    pipe = BytesIO()
    write_message(pipe, {"call": "ticks", "args": ["Größe €"]}, b"\x00\x01")
    write_message(pipe, {"value": 0.1})
    pipe.seek(0)
    assert read_message(pipe) == ({"call": "ticks", "args": ["Größe €"]}, b"\x00\x01")
    assert read_message(pipe) == ({"value": 0.1}, b"")
    with pytest.raises(EOFError):
        read_message(pipe)


@pytest.mark.parametrize(
    "data", [b"", b"\x00\x00", b"\x00\x00\x00\x09\x00\x00\x00\x00{}", b"Traceback (most recent call last)",
             b"\x00\x00\x00\x02\x00\x00\x00\x00[]", b"\x00\x00\x00\x02\x00\x00\x00\x00{["],
)  # fmt: skip
def test_what_is_no_message_ends_the_conversation(data: bytes) -> None:
    with pytest.raises(EOFError):
        read_message(BytesIO(data))
