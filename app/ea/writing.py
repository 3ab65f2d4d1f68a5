"""Asks the cloud's generator for code and shows how it goes."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass

from agent_core.ea.models import EaProject, EaVersion
from agent_core.protocol.ea import Clarification, DiagnosticModel, GenerateAnswer, GenerateRequest, RepairRequest
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.sync.generation import GenerationEvent
from app.context import AppContext
from app.ea.editor import MqlEditor
from app.ea.generation import GenerationPanel
from app.ea.pipeline import PipelineBar, errors_text
from app.tasks import describe


@dataclass(frozen=True, slots=True)
class _Pending:
    """A generation that waits for the trader's answers."""

    project: EaProject
    request: GenerateRequest


class Writer:
    """One generation at a time; what it wrote becomes the project's next version."""

    def __init__(self, context: AppContext, panel: GenerationPanel, editor: MqlEditor, pipeline: PipelineBar) -> None:
        self._context = context
        self._panel = panel
        self._editor = editor
        self._pipeline = pipeline
        self._pending: _Pending | None = None

    async def write(self, project: EaProject, description: str, base: EaVersion | None) -> EaVersion | None:
        """Generates a version.

        Returns:
            None when it failed or was cancelled, with the reason on the panel, or has questions, which are shown there.
        """
        self._panel.begin(description)

        def stream() -> AsyncGenerator[GenerationEvent, None]:
            request = GenerateRequest(
                project_id=project.id, strategy_description=description, base_version_id=base.id if base else None
            )
            self._pending = _Pending(project, request)
            return self._context.api.generate(request)

        return await self._run(project, base, description, stream)

    async def go_on(self, clarifications: tuple[Clarification, ...]) -> EaVersion | None:
        """Goes on with the generation that had questions; returns like `write`."""
        pending = self._pending
        if pending is None:
            return None
        self._panel.go_on()
        request = pending.request.model_copy(update={"clarifications": list(clarifications)})
        return await self._run(
            pending.project, None, request.strategy_description, lambda: self._context.api.generate(request)
        )

    async def repair(self, project: EaProject, version: EaVersion, findings: list[DiagnosticModel]) -> EaVersion | None:
        """Has a version repaired that does not compile; returns like `write`."""
        wish = f"Repair v{version.number}: {errors_text(findings)}"
        self._panel.begin(wish)
        request = RepairRequest(diagnostics=findings)
        return await self._run(project, version, wish, lambda: self._context.api.repair(version.id, request))

    async def show_usage(self) -> None:
        """Shows what today's generations cost; without the cloud nothing is shown."""
        with contextlib.suppress(ForexEliteError):
            self._panel.show_usage(await self._context.api.generation_usage())

    async def _run(
        self,
        project: EaProject,
        base: EaVersion | None,
        wish: str,
        stream: Callable[[], AsyncGenerator[GenerationEvent, None]],
    ) -> EaVersion | None:
        self._pipeline.reset()
        self._pipeline.show_step("Generate", "active", "asking")
        try:
            await self._context.api.create_project(project.name, project_id=project.id)
            if base is not None:
                await self._context.api.save_version(project.id, base.source, version_id=base.id)
            answer = await self._follow(stream())
        except asyncio.CancelledError:
            self._give_up("Cancelled. Nothing was kept.")
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is, the panel must say so and let go
            self._give_up(_sentence(error))
            return None
        finally:
            self._context.tasks.start(self.show_usage())
        return self._keep(project, wish, answer) if answer else None

    async def _follow(self, stream: AsyncGenerator[GenerationEvent, None]) -> GenerateAnswer | None:
        """Shows a stream to its very end, so that its connection is given back; None when it ends in questions."""
        fresh = True
        last: GenerationEvent | None = None
        async with aclosing(stream) as events:
            async for event in events:
                if event.kind == "code":
                    if fresh:
                        self._editor.load("")
                        self._pipeline.show_step("Generate", "active", "writing")
                    fresh = False
                    self._editor.append_streamed(event.text)
                elif event.kind in {"version", "questions"}:
                    last = event
                else:
                    fresh = fresh or event.kind == "repair"
                    self._show(event)
        if last is None:
            raise ForexEliteError(ErrorCode.GENERATION_FAILED, "The generator ended without an answer. Try again.")
        return self._end(last)

    def _end(self, event: GenerationEvent) -> GenerateAnswer | None:
        if event.questions is not None and self._pending is not None:
            asked = event.questions
            request = self._pending.request.model_copy(update={"generation_id": asked.generation_id})
            self._pending = _Pending(self._pending.project, request)
            self._pipeline.show_step("Generate", "active", "has questions")
            self._panel.ask(asked.questions)
        return event.answer

    def _show(self, event: GenerationEvent) -> None:
        match event.kind:
            case "thinking":
                self._panel.think(event.text)
                self._pipeline.show_step("Generate", "active", "thinking")
            case "brief" if event.brief is not None:
                self._panel.show_brief(event.brief)
            case "check":
                text = errors_text(event.diagnostics)
                clean = text == "0 errors"
                self._pipeline.show_step("Generate", "done")
                self._pipeline.show_step("Check", "done" if clean else "failed", text)
                lines = self._editor.blockCount() - 1
                self._panel.tell(f"Code written: {lines} lines, checked with {'no errors' if clean else text}.")
            case "repair":
                self._panel.tell(event.text, "warning")
                self._pipeline.show_step("Generate", "active", "repairing")
            case _:
                self._panel.tell(event.text)

    def _keep(self, project: EaProject, wish: str, answer: GenerateAnswer) -> EaVersion:
        self._pending = None
        version: EaVersion = self._context.agent.ea.save_version(
            project.id, answer.source_code, origin="generated", version_id=answer.version_id,
            number=answer.version_number, prompt=wish, brief=answer.brief, diagnostics=tuple(answer.diagnostics),
        )  # fmt: skip
        left = sum(1 for item in answer.diagnostics if item.severity == "error")
        if left:
            self._panel.tell(
                f"Version {version.number} is kept with {errors_text(answer.diagnostics)}: see Problems.", "warning"
            )
        else:
            self._panel.tell(f"Version {version.number} is ready to compile.", "good")
        self._panel.finish(version)
        return version

    def _give_up(self, sentence: str) -> None:
        self._pipeline.show_step("Generate", "failed")
        self._panel.fail(sentence)


def _sentence(error: Exception) -> str:
    if isinstance(error, ValueError) and not isinstance(error, ForexEliteError):
        return "Describe the strategy in at least ten characters: entry, exit and risk."
    return describe(error)
