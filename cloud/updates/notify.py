"""Sending side of the user updates: a notification that leaves with the transaction's commit."""

import json
from typing import Any
from uuid import UUID

from cloud.db.pool import Connection

CHANNEL = "user_updates"
MAX_PAYLOAD_BYTES = 7500
"""Postgres refuses notifications of 8000 bytes and more."""


def notify_user(tx: Connection, user_id: UUID, kind: str, data: dict[str, Any]) -> None:
    """Tells the user's open sockets that something changed.

    Args:
        tx: The transaction that makes the change.
        user_id: Whose sockets.
        kind: What changed: "job", "deployment", "agent", "alert", "trade_event", "account", "positions", "log", "ea".
        data: Ids and the few values worth showing at once; dropped when too long, then only the kind is sent.
    """
    payload = json.dumps({"user_id": str(user_id), "kind": kind, "data": data}, default=str)
    if len(payload.encode()) > MAX_PAYLOAD_BYTES:
        payload = json.dumps({"user_id": str(user_id), "kind": kind, "data": {}})
    tx.notify(CHANNEL, payload)
