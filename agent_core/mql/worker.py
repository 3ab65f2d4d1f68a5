"""The checker's process: reads requests from standard input, answers on standard output, never executes source.

It limits its own memory; its time is watched by the process that started it.
"""

import sys

from agent_core.mql.checker import check_in_process
from agent_core.mql.limits import limit_memory
from agent_core.mql.wire import REPORT, CheckRequest


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
