"""What the dashboard shows on a phone, and when."""

import asyncio
from typing import Any

ROWS = "document.querySelectorAll('#positions tbody tr').length"
FRESH = "document.getElementById('live').innerText === 'Up to date'"
SLEEP = "(() => { const now = Date.now; Date.now = () => now() + 600_000; })()"
WAKE = "document.dispatchEvent(new Event('visibilitychange'))"
CHOOSE = """(label) => {
  const select = document.getElementById("connection");
  select.value = [...select.options].find((option) => option.label === label).value;
  select.dispatchEvent(new Event("change"));
}"""
#: The page's own waits last a twentieth of their time.
HURRY = "(() => { const wait = setTimeout; window.setTimeout = (what, ms) => wait(what, ms / 20); })()"


async def test_nothing_is_called_empty_before_it_is_known(phone: Any, desk: Any, terminal: Any, serve: Any) -> None:
    await desk.agent.beat()
    await phone.sign_in(desk.trader.email)
    await phone.until("document.getElementById('deployments-none').innerText.startsWith('Nothing is deployed')")
    assert await phone.text("positions-none") == await phone.text("orders-none") == "Not known yet."
    assert await phone.text("live") == "No figures yet"
    await serve(desk.agent, terminal())
    await phone.until("document.getElementById('positions-none').innerText === 'No open positions.'")
    await phone.until(FRESH)


async def test_an_answer_belongs_to_the_account_and_the_person_it_was_asked_for(
    phone: Any, desk: Any, second_agent: Any, open_desk: Any, terminal: Any, serve: Any
) -> None:
    for agent in (desk.agent, second_agent):
        await agent.beat()
    await phone.sign_in(desk.trader.email)
    await phone.until("document.getElementById('connection').options.length === 2")
    await phone.look(f"({CHOOSE})('Demo account')")
    asked = "select 1 from jobs where agent_id = $1 and payload->>'what' = 'positions'"
    while not await desk.rows(asked, desk.agent.id):
        await asyncio.sleep(0.02)
    await phone.look(f"({CHOOSE})('Second account')")
    await serve(desk.agent, terminal("11", "12", "13"))
    await phone.until("performance.getEntriesByType('resource').some((one) => /[/]positions[?]/.test(one.name))")
    assert await phone.look(ROWS) == 0
    assert await phone.text("positions-none") == "Not known yet."
    await serve(second_agent, terminal("21", "22"))
    await phone.until(f"{ROWS} === 2 && {FRESH}")
    await phone.look("window.before = true")
    await phone.command("Page.reload")
    await phone.until(f"!window.before && {ROWS} === 2")
    await phone.press("#sign-out")
    await phone.until("!document.getElementById('sign-in').hidden")
    assert await phone.look(f"{ROWS} + document.getElementById('connection').options.length") == 0
    other = await open_desk()
    await phone.sign_in(other.trader.email)
    await phone.until("document.getElementById('connection').options.length === 1")
    assert await phone.look(ROWS) == 0


async def test_a_first_load_tries_again(phone: Any, desk: Any) -> None:
    await phone.command("Page.addScriptToEvaluateOnNewDocument", source=HURRY)
    await phone.block("*/onboarding/brokers*")
    await phone.sign_in(desk.trader.email)
    await phone.until("document.getElementById('notice').innerText.includes('tries again by itself')")
    assert await phone.look("getComputedStyle(document.getElementById('kill')).display") == "none"
    await phone.block()
    await phone.until("document.getElementById('connection').options.length === 1")


async def test_all_accounts_are_stopped_at_once_and_what_came_of_it_stays(
    phone: Any, desk: Any, second_agent: Any, terminal: Any, serve: Any
) -> None:
    first, second = terminal(), terminal()
    second.stopped = {**second.stopped, "failed": ["Position 7: the market is closed."]}
    await desk.agent.beat()
    await second_agent.beat()
    await phone.sign_in(desk.trader.email)
    await phone.until("document.getElementById('connection').options.length === 2")
    await phone.press("#kill")
    await phone.press("#all-accounts")
    await phone.press("#confirm-yes")
    await phone.until("document.getElementById('kill').innerText === 'Stopping everything…'")
    await phone.look("document.getElementById('connection').dispatchEvent(new Event('change'))")
    await phone.press("#kill")
    assert await phone.look("[document.getElementById('kill').disabled, document.querySelector('dialog').open]") == [
        True, False,
    ]  # fmt: skip
    await serve(desk.agent, first)
    await serve(second_agent, second)
    await phone.until("document.querySelectorAll('#toasts p').length === 2")
    await phone.until("!document.getElementById('kill').disabled")
    stops = [job for agent in (desk.agent, second_agent) for job in agent.done if job.type == "close_all"]
    assert [job.payload["account_number"] for job in stops] == ["1001", "2002"]
    told = await phone.text("toasts")
    assert "Second account: closed 1 position, " in told
    assert "Position 7: the market is closed." in told
    assert await phone.look("document.querySelectorAll('#toasts p.bad, #toasts p button').length") == 3
    await phone.press("#toasts button")
    assert await phone.look("document.querySelectorAll('#toasts p').length") == 1


async def test_a_stop_that_got_no_answer_is_never_said_to_be_tried_again(
    phone: Any, desk: Any, terminal: Any, serve: Any
) -> None:
    await serve(desk.agent, terminal("1"))
    await phone.sign_in(desk.trader.email)
    await phone.until(f"{ROWS} === 1")
    await phone.block("*/stop-all*")
    await phone.press("#kill")
    await phone.press("#confirm-yes")
    await phone.until("document.querySelector('#toasts p.bad') !== null")
    told = await phone.text("toasts")
    assert "may not have been done, and it is not tried again by itself" in told
    assert await phone.look("document.getElementById('kill').innerText") == "Stop everything"
    assert await phone.look("document.querySelector('#toasts button').innerText") == "OK"


async def test_a_phone_that_slept_says_how_old_its_figures_are_and_connects_anew(
    phone: Any, desk: Any, terminal: Any, serve: Any
) -> None:
    await serve(desk.agent, terminal("1"))
    await phone.sign_in(desk.trader.email)
    await phone.until(FRESH)
    assert phone.sockets == 1
    await phone.block("*/positions*")
    await phone.look(WAKE)
    await phone.until("document.getElementById('live').innerText.startsWith('Figures of ')")
    await phone.look(SLEEP)
    await phone.look(WAKE)
    assert await phone.text("live") == "Figures of 10 min ago"
    assert await phone.look("document.getElementById('board').classList.contains('stale')")
    await phone.until("document.getElementById('notice').innerText.includes('tries again by itself')")
    await phone.block()
    await phone.look(WAKE)
    await phone.until(f"{FRESH} && document.getElementById('notice').hidden")
    assert phone.sockets == 4
    while desk.services.updates.sockets_of(desk.trader.user_id) != 1:
        await asyncio.sleep(0.02)


async def test_an_offline_computer_s_older_figures_do_not_replace_newer_ones(
    phone: Any, desk: Any, terminal: Any, make_event: Any
) -> None:
    old = {
        "balance": "9000", "equity": "9000", "margin_used": "0", "margin_available": "9000", "currency": "USD",
        "account_number": "1001", "account_type": "demo", "as_of": "2026-03-02T09:00:00Z",
    }  # fmt: skip
    await desk.agent.upload(make_event(1, "account", **old))
    async with desk.agent.serving(terminal("1").handle):
        await phone.sign_in(desk.trader.email)
        await phone.until(f"{ROWS} === 1 && {FRESH}")
        await phone.until("document.getElementById('orders-none').innerText === 'No pending orders.'")
    await desk.agent.beat(status="stopping")
    await phone.until("document.getElementById('notice').innerText.includes('is offline: nothing can be closed')")
    assert await phone.text("equity") == "10\u2009001.50 USD"
    assert await phone.look("document.querySelector('#positions tbody button').disabled")


async def test_a_session_that_has_ended_is_told(phone: Any, desk: Any) -> None:
    await phone.open()
    ended = '{"access_token": "none", "refresh_token": "none", "until": 9e15}'
    await phone.look(f"sessionStorage.setItem('forexelite.session', '{ended}')")
    await phone.command("Page.reload")
    await phone.until("document.getElementById('sign-in-error')?.innerText.startsWith('Your session has ended.')")


async def test_figures_change_under_a_finger_and_the_row_stays(
    phone: Any, desk: Any, terminal: Any, serve: Any
) -> None:
    computer = terminal("1", "2")
    await serve(desk.agent, computer)
    await phone.sign_in(desk.trader.email)
    await phone.until(f"{ROWS} === 2")
    await phone.look("document.querySelector('#positions tr:last-child button').focus()")
    label = await phone.look("document.activeElement.ariaLabel")
    computer.result, computer.positions = "-7.25", ["3", *computer.positions[::-1]]
    await phone.look(WAKE)
    await phone.until(f"{ROWS} === 3 && document.getElementById('positions').innerText.includes('7.25')")
    assert label == await phone.look("document.activeElement.ariaLabel") == "Close BUY EURUSD"


async def test_long_words_do_not_widen_a_phone_s_page(
    phone: Any, desk: Any, terminal: Any, serve: Any, make_event: Any
) -> None:
    path = "C:\\Users\\Jürgen\\AppData\\Roaming\\MetaQuotes\\Terminal\\" + "D0E8209F77C8CF37" * 8
    await serve(desk.agent, terminal("1"))
    await desk.agent.upload(make_event(1, "alert", level="error", message=f"The disk is full: {path}"))
    await phone.sign_in(desk.trader.email)
    await phone.until(f"{ROWS} === 1 && document.querySelectorAll('#alerts li').length === 1")
    assert await phone.look("document.documentElement.scrollWidth") == 390
    small = """[...document.querySelectorAll("#board button, #board select")]
      .map((one) => one.getBoundingClientRect().height).filter((height) => height && height < 44)"""
    assert await phone.look(small) == []
