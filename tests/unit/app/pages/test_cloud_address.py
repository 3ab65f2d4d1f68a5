import pytest

from app.settings.cloud_address import cloud_address


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("", ""), (" https://cloud.example.com/ ", "https://cloud.example.com"), ("cloud.example.com", "https://cloud.example.com"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"), ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)  # fmt: skip
def test_an_address_is_taken_as_it_is_meant(typed: str, address: str) -> None:
    assert cloud_address(typed) == address


@pytest.mark.parametrize(
    "typed",
    ["http://cloud.example.com", "ftp://x", "https://", "https://a b:99999999", "https://me:pw@x.com", "https://x.com/api?a=1"],
)  # fmt: skip
def test_an_address_that_would_leak_or_lead_nowhere_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"address"):
        cloud_address(typed)
