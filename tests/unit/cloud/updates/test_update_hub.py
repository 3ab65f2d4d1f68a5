import json
from uuid import UUID, uuid4

from cloud.updates.hub import MAX_WAITING, RESYNC, UpdateHub


def _notify(hub: UpdateHub, user: UUID, number: int) -> None:
    hub.on_notification(json.dumps({"user_id": str(user), "kind": "job", "data": {"n": number}}))


async def test_updates_reach_all_sockets_of_their_user_alone() -> None:
    hub, user, other = UpdateHub(), uuid4(), uuid4()
    with hub.subscribe(user) as first, hub.subscribe(user) as second, hub.subscribe(other) as third:
        _notify(hub, user, 1)
        assert first.get_nowait() == second.get_nowait() == {"kind": "job", "data": {"n": 1}}
        assert third.empty()
        assert hub.sockets_of(user) == 2
    assert hub.sockets_of(user) == 0
    _notify(hub, user, 2)


async def test_a_socket_that_does_not_read_is_told_to_read_everything_again() -> None:
    hub, user = UpdateHub(), uuid4()
    with hub.subscribe(user) as slow, hub.subscribe(user) as quick:
        for number in range(MAX_WAITING + 1):
            _notify(hub, user, number)
            assert quick.get_nowait()["data"] == {"n": number}
        assert slow.get_nowait() == RESYNC
        assert slow.empty()


async def test_after_a_lost_connection_everybody_reads_again() -> None:
    hub = UpdateHub()
    with hub.subscribe(uuid4()) as queue:
        hub.on_notification("")
        assert queue.get_nowait() == RESYNC
