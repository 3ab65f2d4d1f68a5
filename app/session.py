"""One run of the product behind the painted window: agent, cloud client, pages; and the orderly end of them."""

import asyncio
import logging
import time
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from agent_core.agent import Agent
from agent_core.protocol.errors import ForexEliteError
from agent_core.settings import AgentSettings
from agent_core.sync.api import CloudApi
from agent_core.sync.events import AlertRaised
from agent_core.sync.http import tls
from app.agent_signals import AgentSignals
from app.alerts.sound import play
from app.alerts.watcher import AlertWatcher
from app.beside import imported_in_turns
from app.context import AppContext
from app.entry import Entry
from app.history.equity_log import EquityLog
from app.options import Options, demo_folder
from app.page_factories import page_factories, register_commands
from app.qt_texts import translate_qt
from app.shell.rail import ENTRIES
from app.shell.tray import Tray
from app.shell.window import MainWindow
from app.tasks import Tasks, describe
from app.theme import Theme
from app.ui_settings import UiSettingsFile
from app.widgets.empty_state import EmptyState

if TYPE_CHECKING:  # the demo is no part of ordinary work
    from app.demo import DemoEnvironment

log = logging.getLogger(__name__)

SMOKE_SECONDS = 1.0
QUOTE_SECONDS = 10.0
#: The first page is there by then.
LATER_SECONDS = 1.5


async def run(window: MainWindow, theme: Theme, ui: UiSettingsFile, options: Options, folder: Path) -> int:
    """Works until the window is closed (or the tour ends), then stops everything; returns the exit code.

    Stopping runs in this task, which nobody cancels: its requests and waits must not be cut off.
    """
    closing = asyncio.Event()
    window.closed.connect(closing.set)
    if window.is_closed:
        closing.set()
    async with AsyncExitStack() as cleanup:
        work = asyncio.ensure_future(_work(window, theme, ui, options, folder, cleanup, closing))
        closed = asyncio.ensure_future(closing.wait())
        await asyncio.wait({work, closed}, return_when=asyncio.FIRST_COMPLETED)
        closed.cancel()
        work.cancel()
        await asyncio.wait({work})
    if work.cancelled():
        return 0
    error = work.exception()
    if isinstance(error, ForexEliteError):
        log.error("The window could not start", exc_info=error)
        return await _stay_failed(window, theme, error, options, closing)
    return work.result()


async def _work(
    window: MainWindow,
    theme: Theme,
    ui: UiSettingsFile,
    options: Options,
    folder: Path,
    cleanup: AsyncExitStack,
    closing: asyncio.Event,
) -> int:
    translate_qt(ui.values.language)
    demo = await _demo(options, cleanup)
    settings = demo.settings if demo is not None else _settings(options, folder, ui.values.cloud_url)
    agent = Agent(settings)
    cleanup.push_async_callback(agent.stop)
    api = CloudApi(settings.cloud_url, agent.credentials)
    cleanup.push_async_callback(api.aclose)
    tasks = Tasks(window.toasts)
    cleanup.push_async_callback(tasks.stop)
    signals = AgentSignals(agent.bus, window)
    cleanup.callback(signals.stop)
    context = AppContext(agent, api, signals, theme, tasks, window.toasts, ui, window.commands)
    cleanup.callback(window.workspace.detach)
    AlertWatcher(context, signals)
    EquityLog(context, signals)
    tray = Tray(window, theme, window.workspace.ask_stop)
    cleanup.callback(tray.close)
    signals.alert.connect(partial(_tell, context, tray))
    entry = Entry(window, context)
    window.workspace.attach(context, page_factories(context, window, entry))
    register_commands(context, window)
    await agent.start(cloud=False)
    tasks.start(_come_later(context))
    if demo is not None and options.tour is not None:
        from app.tour.tour import MAIN_JOB, STEPS, run_tour  # noqa: PLC0415  # the tour is no part of ordinary work

        tasks.start(entry.begin())
        return await run_tour(window, context, demo, options.tour, MAIN_JOB if options.brief else STEPS)
    if demo is not None:
        from app.demo_trader import prepare_demo_trader  # noqa: PLC0415  # the demo is no part of ordinary work

        await prepare_demo_trader(context)
    await entry.begin()
    if options.smoke is None:
        await closing.wait()
    else:
        await _first_quote(context)
        await asyncio.sleep(SMOKE_SECONDS)
        window.grab().save(str(options.smoke))
    return 0


async def _first_quote(context: AppContext) -> None:
    """Waits for the charted symbol's price where a terminal was chosen, but not for ever."""
    deadline = time.monotonic() + QUOTE_SECONDS
    while context.agent.terminal.install is not None and time.monotonic() < deadline:
        if context.agent.feed.last(context.ui.values.symbol) is not None:
            return
        await asyncio.sleep(SMOKE_SECONDS / 10)


async def _come_later(context: AppContext) -> None:
    """What the first page does not wait for: the link to the cloud, and the modules of the other pages."""
    await asyncio.sleep(LATER_SECONDS)
    if context.agent.settings.cloud_url:
        await asyncio.to_thread(tls)
    await context.agent.cloud.start()
    install = context.agent.terminal.install
    context.ui.set("host_at_start", install is not None and install.wine_prefix is None)
    for entry in ENTRIES:
        await imported_in_turns(entry.module)


def _tell(context: AppContext, tray: Tray, alert: AlertRaised) -> None:
    context.toasts.show(alert.level, alert.message)
    if context.ui.values.alert_tray:
        tray.tell(alert.level, alert.message)
    if context.ui.values.alert_sound:
        play(alert.level)


async def _demo(options: Options, cleanup: AsyncExitStack) -> "DemoEnvironment | None":
    if not options.demo:
        return None
    from app.demo import DemoOptions, start_demo  # noqa: PLC0415  # the demo is no part of ordinary work

    demo = await start_demo(DemoOptions(folder=demo_folder(options), quotes=options.quotes))
    cleanup.push_async_callback(demo.stop)
    return demo


def _settings(options: Options, folder: Path, kept_url: str | None) -> AgentSettings:
    chosen = AgentSettings(data_folder=folder)
    url = options.cloud if options.cloud is not None else kept_url
    return chosen if url is None else chosen.model_copy(update={"cloud_url": url})


async def _stay_failed(
    window: MainWindow, theme: Theme, error: ForexEliteError, options: Options, closing: asyncio.Event
) -> int:
    window.show_full(
        EmptyState(
            theme,
            "failed",
            icon="error",
            title="ForexElite Pro can't start",
            text=describe(error),
            action="Close",
            on_action=window.close,
        )
    )
    if options.tour is None and options.smoke is None:
        await closing.wait()
    return 1
