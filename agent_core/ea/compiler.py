"""Compiles versions of the library with the connected terminal's MetaEditor."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from agent_core.ea.artifacts import BuiltArtifact, CompileFolders, program_stem
from agent_core.ea.events import VersionCompiled
from agent_core.ea.includes import includes_sha256, install_includes
from agent_core.ea.library import EaLibrary
from agent_core.ea.metaeditor import MetaEditor
from agent_core.ea.models import EaVersion
from agent_core.ea.progress import Progress
from agent_core.events import EventBus
from agent_core.protocol.ea import VersionStatus
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.jobs import CompileOutcome
from agent_core.sync.event_log import EventLog
from agent_core.terminal.models import TerminalInstall

#: Longer logs and lists of errors stay on disk in full, beside the source.
MAX_LOG_CHARACTERS, MAX_DIAGNOSTICS = 200_000, 500


class Compiler:
    """Version → .ex5, with a cache by source, compiler and include files.

    Args:
        folder: Where the compile folders lie.
        launcher: Put before an .exe where Windows does not run it itself.
        library: Takes note of status and diagnostics.
        bus: Hears `VersionCompiled`.
        events: Hears `compile_result`.
    """

    def __init__(
        self, folder: Path, launcher: Sequence[str], library: EaLibrary, bus: EventBus, events: EventLog
    ) -> None:
        self._folders = CompileFolders(folder)
        self._launcher = launcher
        self._library = library
        self._bus = bus
        self._events = events
        self._editors: dict[Path, MetaEditor] = {}

    def editor(self, install: TerminalInstall) -> MetaEditor:
        """Returns the one MetaEditor runner of a terminal."""
        return self._editors.setdefault(install.metaeditor, MetaEditor(install, self._launcher))

    async def compile(self, install: TerminalInstall, version: EaVersion, progress: Progress) -> CompileOutcome:
        """Compiles a version, or finds that it has been compiled before.

        Raises:
            ForexEliteError: MetaEditor can't do its work. Errors in the source are an outcome.
        """
        stem = self.stem(version)
        editor = self.editor(install)
        key = {
            "source_sha256": version.sha256,
            "compiler": editor.identity,
            "includes_sha256": includes_sha256(),
        }
        built = await asyncio.to_thread(self._folders.find, stem, **key)
        if built:
            progress(1.0, "Compiled before, nothing changed")
            return self._succeeded(version, built, _outcome_of_cache(version, built))
        progress(0.1, "MetaEditor compiles")
        try:
            await asyncio.to_thread(install_includes, install.data_folder)
            source = await asyncio.to_thread(self._folders.prepare, stem, version.source)
            run = await editor.compile(source)
            success = run.ex5 is not None
            built = await asyncio.to_thread(self._folders.finish, source, success=success, **key)
        except OSError as error:
            raise _unwritable(error, install) from error
        outcome = CompileOutcome(
            version_id=version.id,
            success=success,
            errors=run.log.errors,
            warnings=run.log.warnings,
            elapsed_ms=run.log.elapsed_ms,
            diagnostics=list(run.log.diagnostics[:MAX_DIAGNOSTICS]),
            ex5_sha256=_ex5(built).sha256 if success else None,
            log=shortened(run.log_text, source.with_suffix(".log")),
        )
        progress(1.0, "Compiled" if success else "MetaEditor found errors")
        if success:
            return self._succeeded(version, built, outcome)
        self._note(version, outcome)
        return outcome

    async def program(self, install: TerminalInstall, version: EaVersion, progress: Progress) -> BuiltArtifact:
        """Returns a version's .ex5, compiled if need be.

        Raises:
            ForexEliteError: it does not compile.
        """
        outcome = await self.compile(install, version, progress)
        if not outcome.success:
            first = next((found.message for found in outcome.diagnostics if found.severity == "error"), "see its log")
            raise ForexEliteError(
                ErrorCode.COMPILE_FAILED,
                f"Version {version.number} does not compile ({first}). Correct it, then deploy again.",
            )
        built = await asyncio.to_thread(
            self._folders.find,
            self.stem(version),
            source_sha256=version.sha256,
            compiler=self.editor(install).identity,
            includes_sha256=includes_sha256(),
        )
        if not built:
            raise ForexEliteError(
                ErrorCode.COMPILE_FAILED, f"The program of version {version.number} was changed on disk. Try again."
            )
        return _ex5(built)

    def stem(self, version: EaVersion) -> str:
        """Name of a version's program without its extension."""
        return program_stem(self._library.project(version.project_id).name, version.sha256)

    def _succeeded(self, version: EaVersion, built: list[BuiltArtifact], outcome: CompileOutcome) -> CompileOutcome:
        self._note(version, outcome)
        self._bus.publish(VersionCompiled(version_id=version.id, artifacts=tuple(built)))
        return outcome

    def _note(self, version: EaVersion, outcome: CompileOutcome) -> None:
        status: VersionStatus = "compiled" if outcome.success else "error"
        self._library.set_result(version.id, status, tuple(outcome.diagnostics))
        self._events.append("compile_result", outcome.model_dump(mode="json"))


def _ex5(built: list[BuiltArtifact]) -> BuiltArtifact:
    return next(made for made in built if made.kind == "EX5")


def _outcome_of_cache(version: EaVersion, built: list[BuiltArtifact]) -> CompileOutcome:
    warnings = [found for found in version.diagnostics if found.origin == "metaeditor"]
    return CompileOutcome(
        version_id=version.id,
        success=True,
        errors=0,
        warnings=len(warnings),
        elapsed_ms=0,
        diagnostics=warnings,
        ex5_sha256=_ex5(built).sha256,
        log="Compiled before with the same MetaEditor; nothing changed.",
    )


def shortened(log: str, path: Path) -> str:
    """Returns a log as it goes to the window and the cloud: its beginning and its verdict, where it is very long."""
    if len(log) <= MAX_LOG_CHARACTERS:
        return log
    head = log[:MAX_LOG_CHARACTERS].rsplit("\n", 1)[0]
    return f"{head}\n... the rest is in {path}\n{log.rstrip().rsplit(chr(10), 1)[-1]}\n"


def _unwritable(error: OSError, install: TerminalInstall) -> ForexEliteError:
    place = error.filename or install.data_folder
    return ForexEliteError(
        ErrorCode.COMPILE_FAILED,
        f"{place} can't be written ({error.strerror}). Check its permissions and the free space, then compile again.",
    )
