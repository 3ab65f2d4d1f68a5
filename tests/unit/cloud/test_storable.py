import json
import math

from hypothesis import given
from hypothesis import strategies as st

from cloud.db.text import storable

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_no_nul_is_left(value: object) -> None:
    assert "\x00" not in str(storable(value))
    assert "\\u0000" not in json.dumps(storable(value)).replace("\\\\", "")


def test_what_json_or_utf8_can_not_hold_is_replaced() -> None:
    assert storable({"a\udc00": [math.nan, -math.inf, 1.5, "x\ud800"]}) == {"a\ufffd": [None, None, 1.5, "x\ufffd"]}


def test_the_rest_stays_as_it_is() -> None:
    assert storable({"a": ["x\\u0000", 1, None, {"b\x00": "c\x00d"}]}) == {
        "a": ["x\\u0000", 1, None, {"b\ufffd": "c\ufffdd"}]
    }


def test_what_lies_too_deep_becomes_null() -> None:
    deep: object = "end"
    for _ in range(950):
        deep = [deep]
    assert json.dumps(storable({"x": deep})) == '{"x": ' + "[" * 99 + "null" + "]" * 99 + "}"
