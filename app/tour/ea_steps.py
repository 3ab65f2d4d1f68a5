"""Steps on the EAs and Deployments pages."""

from datetime import UTC, datetime
from uuid import UUID

from PySide6.QtWidgets import QCheckBox, QPlainTextEdit, QWidget

from agent_core.ea.models import EaDeployment
from agent_core.protocol.ea import DiagnosticModel
from app.deployments.page import DeploymentsPage
from app.ea.editor import MqlEditor
from app.ea.output import OutputPanel
from app.ea.pipeline import PipelineBar
from app.tour.guide import Guide
from app.tour.hands import enter, find, until
from app.tour.report import CheckFailedError

DESCRIPTION = (
    "Breakout of the London range on EURUSD M15: stop at the other side of the range, target 2R, risk 1 %, "
    "no entry when the spread is above 1.5 pips."
)


async def questions(guide: Guide) -> None:
    """A new EA; a wish that says nothing about entries is asked about."""
    await guide.go_to("eas")
    await guide.press("ea.library.new")
    await until("the dialog opens", lambda: find(guide.window, QWidget, "ea.new"))
    await enter(guide.window, "ea.new.name", "London breakout")
    await guide.press("ea.new.accept")
    await until("the project is there", guide.context.agent.ea.projects)
    await enter(guide.window, "ea.generate.input", "Please make me some money every day.")
    await guide.press("ea.generate.button")
    await until("the generator asks", lambda: find(guide.window, QWidget, "ea.generate.questions"), 30)
    guide.check("Nothing was written", not guide.context.agent.ea.versions(_project(guide)))


async def generate(guide: Guide) -> None:
    """Types a description and waits for the version."""
    await guide.go_to("eas")
    await enter(guide.window, "ea.generate.input", DESCRIPTION)
    await guide.press("ea.generate.button")
    editor = find(guide.window, MqlEditor, "ea.editor")
    await until("code is being written", lambda: len(editor.toPlainText()) > 200, 60)
    await until("the version is kept", lambda: _newest_source(guide), 90)
    await until("the editor shows it", lambda: editor.toPlainText().strip() == _newest_source(guide).strip(), 20)
    await until("the check is through", lambda: "0 errors" in _pipeline(guide).state_note("Check"), 20)
    guide.check("The code is an EA", "OnTick" in editor.toPlainText())
    guide.check("The checker has no error", not _errors(guide))


async def diagnostics(guide: Guide) -> None:
    """Types a mistake at the end of the source; it is found, and gone when it is taken back."""
    editor = find(guide.window, MqlEditor, "ea.editor")
    good = editor.toPlainText()
    editor.moveCursor(editor.textCursor().MoveOperation.End)
    editor.insertPlainText("\nvoid Mistake() { int x = nowhere; }\n")
    await until("the checker finds it", lambda: _errors(guide), 20)
    finding = _errors(guide)[0]
    guide.check("It is error 256, undeclared identifier", finding.code == 256, finding)
    guide.check("On the line of the mistake", finding.line == good.count("\n") + 2, finding)
    await guide.picture("found")
    editor.undo()
    await until("it is gone again", lambda: not _errors(guide), 20)
    guide.check("The text is as before", editor.toPlainText() == good)


async def compile_version(guide: Guide) -> None:
    """MetaEditor compiles it."""
    await guide.press("ea.compile")
    await until("MetaEditor has no errors", lambda: _newest_status(guide) == "compiled", 60)
    log = await until(
        "the compile log shows", lambda: find(guide.window, QPlainTextEdit, "ea.compile_log").toPlainText()
    )
    guide.check("The log says 0 errors", "Result: 0 errors" in log, log[-200:])


async def repair(guide: Guide) -> None:
    """Breaks a name, lets MetaEditor find it, and the generator mend it; the difference shows what was mended."""
    editor = find(guide.window, MqlEditor, "ea.editor")
    good = editor.toPlainText()
    cursor = editor.document().find("InpRiskPercent,")
    editor.setTextCursor(cursor)
    editor.insertPlainText("InpRiskPct,")
    await guide.press("ea.compile")
    await until("MetaEditor has an error", lambda: _newest_status(guide) == "error", 60)
    # The checker has found it before.
    found = await until("it shows", lambda: [each for each in _errors(guide) if each.origin == "metaeditor"], 20)
    guide.check("MetaEditor found it", found[0].code == 256, found[0])
    await guide.picture("found")
    await guide.press("ea.repair")
    await until("a version is kept", lambda: _newest_source(guide).strip() == good.strip(), 60)
    await until("the check is through", lambda: "0 errors" in _pipeline(guide).state_note("Check"), 20)
    await guide.press("ea.tab.diff")
    shown = find(guide.window, QPlainTextEdit, "ea.diff").toPlainText()
    guide.check("The difference is the one name", "−" in shown and "InpRiskPct," in shown, shown[:200])
    await guide.picture("repaired")
    await guide.press("ea.compile")
    await until("MetaEditor has no errors", lambda: _newest_status(guide) == "compiled", 60)


async def deploy(guide: Guide) -> None:
    """Deploys to EURUSD M15, with trading allowed, and runs."""
    await guide.press("ea.deploy")
    await until("the dialog opens", lambda: find(guide.window, QWidget, "ea.deploy_dialog"))
    find(guide.window, QCheckBox, "ea.deploy_dialog.trading").click()
    await guide.picture("dialog", "ea.deploy_dialog")
    await guide.press("ea.deploy_dialog.accept")
    await until("it runs", lambda: deployment_of(guide).status == "running", 60)
    expert = deployment_of(guide).expert
    await guide.until_terminal(
        "its chart shows the expert", lambda now: any(chart["expert"] == expert for chart in now["charts"])
    )


async def heartbeat(guide: Guide) -> None:
    """Heartbeat and log lines are shown on the Deployments page."""
    await until("a heartbeat arrives", lambda: deployment_of(guide).last_beat, 30)
    beat = deployment_of(guide).last_beat
    guide.check("It is fresh", beat is not None and (datetime.now(UTC) - beat).total_seconds() < 15, beat)
    await until("log lines arrive", lambda: guide.context.agent.ea.logs(deployment_of(guide).id), 30)
    await guide.go_to("deploy")
    page = await until("the page shows", lambda: find(guide.window, DeploymentsPage, "page.deploy"))
    page.table.selectRow(0)
    await until("the log shows", lambda: find(guide.window, QPlainTextEdit, "deploy.log.text").toPlainText())
    guide.check("The page lists the deployment", len(page.model.rows) == 1)


async def run_and_stop(guide: Guide) -> None:
    """Runs it once more from the window, and stops it there."""
    await guide.press("deploy.run")
    await until("it runs", lambda: deployment_of(guide).status == "running", 60)
    await guide.press("deploy.stop")
    await until("it is stopped", lambda: deployment_of(guide).status == "stopped", 60)
    expert = deployment_of(guide).expert
    await guide.until_terminal(
        "its chart is closed", lambda now: all(chart["expert"] != expert for chart in now["charts"])
    )


def deployment_of(guide: Guide) -> EaDeployment:
    """The tour's one deployment.

    Raises:
        CheckFailedError: it isn't there yet.
    """
    deployments = guide.context.agent.ea.deployments()
    if not deployments:
        raise CheckFailedError("There is no deployment.")
    return deployments[0]


def _pipeline(guide: Guide) -> PipelineBar:
    return find(guide.window, PipelineBar, "ea.pipeline")


def _errors(guide: Guide) -> list[DiagnosticModel]:
    findings = find(guide.window, OutputPanel, "ea.output").findings
    return [finding for finding in findings if finding.severity == "error"]


def _project(guide: Guide) -> UUID:
    return guide.context.agent.ea.projects()[0].id


def _newest_source(guide: Guide) -> str:
    projects = guide.context.agent.ea.projects()
    versions = guide.context.agent.ea.versions(projects[0].id) if projects else []
    return versions[0].source if versions else ""


def _newest_status(guide: Guide) -> str:
    return guide.context.agent.ea.versions(guide.context.agent.ea.projects()[0].id)[0].status
