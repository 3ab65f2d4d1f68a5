"""Free loopback ports."""

import socket
import sys


def free_port(preferred: int | None = None) -> int:
    """A free TCP port on loopback: the preferred one if nobody has it."""
    for port in (preferred or 0, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as candidate:
            if sys.platform != "win32":
                # Lets go of connections that are only waiting to be forgotten. On Windows it would steal ports.
                candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                candidate.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(candidate.getsockname()[1])
    raise OSError("There is no free port on 127.0.0.1.")
