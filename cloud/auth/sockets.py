"""Access tokens of WebSockets: browsers can't set headers there, so a subprotocol may carry the token too."""

from fastapi import WebSocket

PROTOCOL = "bearer"


def socket_token(socket: WebSocket) -> tuple[str, str | None]:
    """Returns the token and the subprotocol to accept.

    The token stands in the header `Authorization: Bearer ...`, or is the second of the subprotocols `bearer, <token>`.
    """
    header = socket.headers.get("authorization", "")
    if header.lower().startswith("bearer "):
        return header[7:].strip(), None
    offered = [item.strip() for item in socket.headers.get("sec-websocket-protocol", "").split(",")]
    if len(offered) == 2 and offered[0] == PROTOCOL:
        return offered[1], PROTOCOL
    return "", None
