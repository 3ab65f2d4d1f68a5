from uuid import uuid4

from cloud.jobs.wakeups import Wakeups, wait_for


async def test_a_notification_wakes_those_who_wait_for_its_id() -> None:
    wakeups, mine, other = Wakeups(), uuid4(), uuid4()
    with wakeups.subscribe(mine) as first, wakeups.subscribe(mine) as second, wakeups.subscribe(other) as third:
        wakeups.on_notification(str(mine))
        assert (first.is_set(), second.is_set(), third.is_set()) == (True, True, False)
        await wait_for(first, 5)
        assert not first.is_set()
        wakeups.on_notification("")
        assert third.is_set()
    assert wakeups.keys == frozenset()
    wakeups.on_notification(str(mine))


async def test_waiting_ends_with_its_time() -> None:
    with Wakeups().subscribe(uuid4()) as event:
        await wait_for(event, 0)
        await wait_for(event, -1)
        assert not event.is_set()
