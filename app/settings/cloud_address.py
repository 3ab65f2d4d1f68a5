"""The address of the cloud as the trader types it."""

from urllib.parse import urlsplit

_THIS_COMPUTER = frozenset({"127.0.0.1", "::1", "localhost"})


def cloud_address(text: str) -> str:
    """Returns the address without what is too much; empty for an empty line.

    Raises:
        ValueError: it can't be used; the message says why in one sentence.
    """
    plain = text.strip()
    if not plain:
        return ""
    try:
        parts = urlsplit(plain if "://" in plain else f"https://{plain}")
        host, _port = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.username or parts.query or parts.fragment or parts.path not in ("", "/"):
        raise ValueError("Write the address like https://cloud.example.com, without a page behind it.")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _THIS_COMPUTER):
        raise ValueError("The address must begin with https://: others could read your password on its way.")
    return f"{parts.scheme}://{parts.netloc}"
