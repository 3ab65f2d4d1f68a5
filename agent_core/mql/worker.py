"""The checker's process: reads requests from standard input, answers on standard output, never executes source.

It limits its own memory; its time is watched by the process that started it.
"""

import sys
from contextlib import suppress

from agent_core.mql.checker import check_in_process
from agent_core.mql.wire import REPORT, CheckRequest

MEMORY_LIMIT_BYTES = 1 << 30


def limit_memory() -> None:
    """Limits the address space of this process, where the system can."""
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - POSIX only

        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> int:
    """Serves requests until standard input ends."""
    limit_memory()
    answers = sys.stdout.buffer
    for line in sys.stdin.buffer:
        request = CheckRequest.model_validate_json(line)
        report = check_in_process(request.source, include_folders=request.include_folders)
        answers.write(REPORT.dump_json(report) + b"\n")
        answers.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
