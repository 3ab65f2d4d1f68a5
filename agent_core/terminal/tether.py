"""Ties the terminal host to the agent: however the agent ends, the host ends with it, even amid a call that hangs.

While the vendor's module hangs it holds the interpreter's lock, so nothing inside the host could notice; the
operating system does it instead.
"""

import ctypes
import sys

if sys.platform == "win32":
    import subprocess
    from ctypes import wintypes

    _EXTENDED_LIMITS = 9
    _KILL_ON_JOB_CLOSE = 0x2000
    #: The terminal that the module starts must outlive the agent.
    _SILENT_BREAKAWAY_OK = 0x1000

    class _BasicLimits(ctypes.Structure):
        _fields_ = (
            ("per_process_time", wintypes.LARGE_INTEGER),
            ("per_job_time", wintypes.LARGE_INTEGER),
            ("limit_flags", wintypes.DWORD),
            ("minimum_working_set", ctypes.c_size_t),
            ("maximum_working_set", ctypes.c_size_t),
            ("active_process_limit", wintypes.DWORD),
            ("affinity", ctypes.c_size_t),
            ("priority_class", wintypes.DWORD),
            ("scheduling_class", wintypes.DWORD),
        )

    class _ExtendedLimits(ctypes.Structure):
        _fields_ = (
            ("basic", _BasicLimits),
            ("io_counters", ctypes.c_ulonglong * 6),
            ("process_memory", ctypes.c_size_t),
            ("job_memory", ctypes.c_size_t),
            ("peak_process_memory", ctypes.c_size_t),
            ("peak_job_memory", ctypes.c_size_t),
        )

    class HostTether:
        """A job object: Windows ends its processes when the last handle to it closes, the agent's own."""

        def __init__(self) -> None:
            self._kernel = ctypes.WinDLL("kernel32", use_last_error=True)
            self._kernel.CreateJobObjectW.restype = wintypes.HANDLE
            self._kernel.CreateJobObjectW.argtypes = (ctypes.c_void_p, wintypes.LPCWSTR)
            self._kernel.SetInformationJobObject.argtypes = (
                wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD,
            )  # fmt: skip
            self._kernel.AssignProcessToJobObject.argtypes = (wintypes.HANDLE, wintypes.HANDLE)
            self._kernel.CloseHandle.argtypes = (wintypes.HANDLE,)
            self._job = self._kernel.CreateJobObjectW(None, None)
            limits = _ExtendedLimits()
            limits.basic.limit_flags = _KILL_ON_JOB_CLOSE | _SILENT_BREAKAWAY_OK
            size = ctypes.sizeof(limits)
            if not self._kernel.SetInformationJobObject(self._job, _EXTENDED_LIMITS, ctypes.byref(limits), size):
                raise ctypes.WinError(ctypes.get_last_error())

        def bind(self, process: "subprocess.Popen[bytes]") -> None:
            """Puts a host that has just been started into the job."""
            if not self._kernel.AssignProcessToJobObject(self._job, int(process._handle)):  # type: ignore[attr-defined]
                raise ctypes.WinError(ctypes.get_last_error())

        def close(self) -> None:
            """Gives the job back, ending what is still in it."""
            self._kernel.CloseHandle(self._job)

    def follow_parent() -> None:
        """The job object of the agent sees to it."""

else:
    import signal
    import subprocess

    _SET_PARENT_DEATH_SIGNAL = 1

    class HostTether:
        """Nothing to hold: the host asks the kernel itself, see `follow_parent`."""

        def bind(self, process: "subprocess.Popen[bytes]") -> None:
            """Nothing to do."""

        def close(self) -> None:
            """Nothing to do."""

    def follow_parent() -> None:
        """Lets the kernel end this process with its parent.

        A parent that has ended before is noticed at the first read: its pipe is closed.
        """
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
