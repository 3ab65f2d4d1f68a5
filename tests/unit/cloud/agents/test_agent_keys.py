from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.agents.keys import fingerprint, make_key, read_key

SECRET = b"0123456789abcdef"


@given(agent_id=st.uuids(), generation=st.integers(1, 2**32 - 1))
def test_a_key_says_whose_it_is(agent_id: UUID, generation: int) -> None:
    claim = read_key(SECRET, make_key(SECRET, agent_id, generation))
    assert claim is not None
    assert (claim.agent_id, claim.generation) == (agent_id, generation)


def test_no_two_keys_are_alike() -> None:
    agent_id = uuid4()
    keys = {make_key(SECRET, agent_id, 1) for _ in range(50)}
    assert len(keys) == len({fingerprint(key) for key in keys}) == 50


def test_any_change_makes_it_worthless() -> None:
    key = make_key(SECRET, uuid4(), 1)
    for position in range(4, len(key)):
        for letter in "AB":  # the last letters hold bits that mean nothing
            if letter != key[position]:
                assert read_key(SECRET, key[:position] + letter + key[position + 1 :]) is None
    assert read_key(b"another secret", key) is None


@given(st.text())
def test_anything_else_is_no_key(text: str) -> None:
    assert read_key(SECRET, text) is None


@pytest.mark.parametrize("text", ["", "fep_", "fep_.", ".", "fep_AAAA.BBBB", "fep_ä.ö"])
def test_fragments_are_no_keys(text: str) -> None:
    assert read_key(SECRET, text) is None
