from cloud.moving_window import MovingWindow


def test_an_event_is_refused_until_the_oldest_has_left_the_window() -> None:
    now = 1000.0
    window = MovingWindow(lambda: now)
    assert window.hit("a", 2, 60) == 0
    now += 20
    assert window.hit("a", 2, 60) == 0
    now += 10
    assert window.hit("a", 2, 60) == 30
    assert window.hit("b", 2, 60) == 0, "another key is not concerned"
    now += 30
    assert window.hit("a", 2, 60) == 0, "the refused one was not counted"
    assert window.hit("a", 2, 60) == 20


def test_who_does_nothing_is_forgotten() -> None:
    now = 0.0
    window = MovingWindow(lambda: now)
    for number in range(50):
        window.hit(f"short {number}", 5, 60)
        window.hit(f"long {number}", 5, 300)
    now = 120.0
    window.hit("new", 5, 60)
    assert {seconds: len(keys) for seconds, keys in window._moments.items()} == {60: 1, 300: 50}
