"""The tour: the whole main job, step by step, in the real window."""

import logging
import time
from collections.abc import Sequence
from pathlib import Path

from app.context import AppContext
from app.demo import DemoEnvironment
from app.shell.window import MainWindow
from app.tour import (
    account_steps,
    alert_steps,
    book_steps,
    chart_keep_steps,
    chart_steps,
    chart_view_steps,
    comfort_steps,
    drawing_steps,
    ea_steps,
    entry_steps,
    guard_steps,
    indicator_steps,
    keyboard_steps,
    mark_steps,
    pending_steps,
    position_steps,
    remote_steps,
    second_start_steps,
    settings_steps,
    stop_steps,
    table_steps,
    ticket_steps,
    top_bar_steps,
    trade_layer_steps,
    trade_steps,
    watch_steps,
    window_steps,
)
from app.tour.guide import Guide
from app.tour.hands import settle
from app.tour.picture import picture_of
from app.tour.report import CheckFailedError, StepReport, TourReport
from app.tour.step import Step

log = logging.getLogger(__name__)


#: The main job, from an account to the kill switch.
MAIN_JOB = (
    Step("wrong-password", "A wrong password is refused in one sentence", entry_steps.wrong_password),
    Step("sign-up", "Create an account", entry_steps.sign_up),
    Step("disclaimer", "Accept the disclaimer", entry_steps.accept_disclaimer),
    Step("terminal", "Choose the terminal that was found", entry_steps.choose_terminal),
    Step("bridge", "Install the bridge and connect", entry_steps.install_bridge),
    Step("first-look", "The tour of a new window", comfort_steps.first_look),
    Step("chart", "The chart streams", trade_steps.chart_streams),
    Step("ticket", "Size an order by risk", trade_steps.fill_ticket),
    Step("buy", "Buy with a stop", trade_steps.buy),
    Step("move", "The position moves with the market", trade_steps.watch_position),
    Step("group-and-trail", "Positions in groups, a stop that follows", comfort_steps.group_and_trail),
    Step("drag-stop", "Drag the stop on the chart", trade_steps.drag_stop),
    Step("close", "Close the position", trade_steps.close_position),
    Step("trade-mark", "The trade stands on the chart", chart_steps.trade_on_chart),
    Step("drawings", "A ruler and a text on the chart", chart_steps.drawings),
    Step("charts", "Two charts side by side", chart_steps.charts_side_by_side),
    Step("alert-line", "An alert as a line on the chart", chart_steps.alert_line),
    Step("autotrading-off", "AutoTrading switched off is explained", trade_steps.autotrading_off),
    Step("questions", "A vague wish is asked about", ea_steps.questions),
    Step("generate", "Describe a strategy and watch it being written", ea_steps.generate),
    Step("diagnostics", "A mistake is found while typing", ea_steps.diagnostics),
    Step("compile", "Compile with MetaEditor", ea_steps.compile_version),
    Step("repair", "What MetaEditor finds is repaired by the generator", ea_steps.repair),
    Step("deploy", "Deploy and run on a chart", ea_steps.deploy),
    Step("heartbeat", "Heartbeats and log lines arrive", ea_steps.heartbeat),
    Step("elsewhere", "The same account, read through the cloud from elsewhere", remote_steps.read_elsewhere),
    Step("remote-stop", "A stop ordered elsewhere reaches the terminal", remote_steps.stop_elsewhere),
    Step("run-again", "Run it again, and stop it from the window", ea_steps.run_and_stop),
    Step("kill-switch", "Stop everything", trade_steps.stop_everything),
    Step("history", "The trades and what they come to", book_steps.history),
    Step("journal", "A note in the journal", comfort_steps.journal),
    Step("price-alert", "A price alert is raised", book_steps.price_alert),
    Step("settings", "Settings", entry_steps.settings),
)

#: After which of its steps what is looked at closely.
CLOSE_LOOKS: dict[str, tuple[Step, ...]] = {
    "alert-line": (
        *chart_view_steps.STEPS,
        *indicator_steps.STEPS,
        *drawing_steps.STEPS,
        *chart_keep_steps.STEPS,
        *trade_layer_steps.STEPS,
        *mark_steps.STEPS,
        *watch_steps.STEPS,
        *ticket_steps.STEPS,
        *guard_steps.STEPS,
        *pending_steps.STEPS,
        *table_steps.STEPS,
        *position_steps.STEPS,
    ),
    "kill-switch": stop_steps.STEPS,
    "journal": (*account_steps.STEPS, *guard_steps.LIVE_STEPS),
    "price-alert": alert_steps.STEPS,
    "settings": (
        *settings_steps.STEPS,
        top_bar_steps.PRICES_STOP,
        *window_steps.STEPS,
        top_bar_steps.PRICES_STALE,
        *top_bar_steps.STEPS,
        *keyboard_steps.STEPS,
        alert_steps.LAST,
        *second_start_steps.STEPS,
    ),
}

STEPS = tuple(step for main in MAIN_JOB for step in (main, *CLOSE_LOOKS.get(main.name, ())))


async def run_tour(
    window: MainWindow, context: AppContext, demo: DemoEnvironment, folder: Path, steps: Sequence[Step]
) -> int:
    """Runs the steps, writes pictures and report into a folder; returns 0 when everything was as it should be."""
    report = TourReport.begin(folder)
    guide = Guide(window, context, demo, folder)
    for number, step in enumerate(steps, start=1):
        entry = StepReport(step.name, step.title)
        report.steps.append(entry)
        guide.step = f"{number:02d}-{step.name}"
        await _take(guide, step, entry)
        await settle()
        entry.picture = f"{guide.step}.png"
        picture_of(window).save(str(folder / entry.picture))
        report.write()
        problem = f": {entry.error}" if entry.error else ""
        print(f"{'ok  ' if entry.ok else 'FAIL'} {entry.ms:6d} ms  {step.title}{problem}", flush=True)
        if not entry.ok:
            break
    return 0 if report.ok else 1


async def _take(guide: Guide, step: Step, entry: StepReport) -> None:
    started = time.monotonic()
    guide.checked = entry.checked
    try:
        await step.work(guide)
        entry.ok = True
    except CheckFailedError as error:
        entry.error = str(error)
    except Exception as error:
        log.exception("Step %s of the tour broke", step.name)
        entry.error = f"{type(error).__name__}: {error}"
    entry.ms = int((time.monotonic() - started) * 1000)
