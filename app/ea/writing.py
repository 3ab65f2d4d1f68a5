"""Asks the cloud's generator for code and shows how it goes."""

import asyncio
from contextlib import aclosing
from uuid import UUID

from agent_core.ea.models import EaVersion
from agent_core.protocol.ea import GenerateAnswer, GenerateRequest
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.sync.generation import GenerationEvent
from app.context import AppContext
from app.ea.editor import MqlEditor
from app.ea.generation import GenerationPanel
from app.ea.pipeline import PipelineBar
from app.tasks import describe


class Writer:
    """One generation at a time; what it wrote becomes the project's next version."""

    def __init__(self, context: AppContext, panel: GenerationPanel, editor: MqlEditor, pipeline: PipelineBar) -> None:
        self._context = context
        self._panel = panel
        self._editor = editor
        self._pipeline = pipeline
        self._spent = 0.0

    async def write(self, project_id: UUID, project_name: str, description: str, base: UUID | None) -> EaVersion | None:
        """Generates a version; None when it failed or was cancelled, with the reason on the panel."""
        self._panel.begin(description)
        self._pipeline.reset()
        self._pipeline.show_step("Generate", "active", "asking")
        try:
            request = GenerateRequest(project_id=project_id, strategy_description=description, base_version_id=base)
            await self._context.api.create_project(project_name, project_id=project_id)
            if base is not None:
                source = self._context.agent.ea.version(base).source
                await self._context.api.save_version(project_id, source, version_id=base)
            answer = await self._follow(request)
        except asyncio.CancelledError:
            self._give_up("Cancelled. Nothing was kept.")
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is, the panel must say so and let go
            self._give_up(_sentence(error))
            return None
        return self._keep(project_id, description, answer)

    async def _follow(self, request: GenerateRequest) -> GenerateAnswer:
        fresh = True
        answer: GenerateAnswer | None = None
        async with aclosing(self._context.api.generate(request)) as events:
            async for event in events:
                answer = event.answer or answer
                if event.kind != "code":
                    fresh = fresh or event.kind == "repair"
                    self._show(event)
                    continue
                if fresh:
                    self._editor.load("")
                    fresh = False
                self._editor.append_streamed(event.text)
                self._pipeline.show_step("Generate", "active", "writing")
        if answer is None:
            raise ForexEliteError(ErrorCode.GENERATION_FAILED, "The generator ended without an answer. Try again.")
        return answer

    def _show(self, event: GenerationEvent) -> None:
        if event.kind == "thinking":
            self._panel.think(event.text)
            self._pipeline.show_step("Generate", "active", "thinking")
        elif event.kind == "check":
            errors = sum(1 for finding in event.diagnostics if finding.severity == "error")
            self._pipeline.show_step("Generate", "done")
            self._pipeline.show_step("Check", "failed" if errors else "done", f"{errors} errors")
            self._panel.tell("Checked with no errors." if not errors else f"The checker found {errors} errors.")
        elif event.kind == "repair":
            self._panel.tell(event.text, "warning")
            self._pipeline.show_step("Generate", "active", "repairing")

    def _keep(self, project_id: UUID, description: str, answer: GenerateAnswer) -> EaVersion:
        version: EaVersion = self._context.agent.ea.save_version(
            project_id, answer.source_code, origin="generated", version_id=answer.version_id,
            number=answer.version_number, prompt=description, diagnostics=tuple(answer.diagnostics),
        )  # fmt: skip
        self._spent += answer.cost_usd
        lines = answer.source_code.count("\n")
        self._panel.tell(f"Version {version.number} written: {lines} lines.", "good")
        self._panel.finish(answer.brief, f"GLM · {self._spent:.3f} USD so far")
        return version

    def _give_up(self, sentence: str) -> None:
        self._pipeline.show_step("Generate", "failed")
        self._panel.fail(sentence)


def _sentence(error: Exception) -> str:
    if isinstance(error, ValueError) and not isinstance(error, ForexEliteError):
        return "Describe the strategy in at least ten characters: entry, exit and risk."
    return describe(error)
