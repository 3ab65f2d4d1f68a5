"""The checker's process limits its own memory, by the means of each system."""

import sys

MEMORY_LIMIT_BYTES = 1 << 30

if sys.platform == "win32":
    import ctypes
    import struct

    _EXTENDED_LIMITS = 9
    #: JOBOBJECT_EXTENDED_LIMIT_INFORMATION of 64-bit Windows: its size, where the flags and the process limit stand.
    _SIZE, _FLAGS_AT, _PROCESS_MEMORY_AT = 144, 16, 112
    _PROCESS_MEMORY = 0x100

    def limit_memory() -> None:
        """Puts this process into a job object that may not use more; where Windows refuses, it works without."""
        kernel = ctypes.WinDLL("kernel32")
        for function in (kernel.CreateJobObjectW, kernel.GetCurrentProcess):
            function.restype = ctypes.c_void_p
        limits = ctypes.create_string_buffer(_SIZE)
        struct.pack_into("<I", limits, _FLAGS_AT, _PROCESS_MEMORY)
        struct.pack_into("<Q", limits, _PROCESS_MEMORY_AT, MEMORY_LIMIT_BYTES)
        job = ctypes.c_void_p(kernel.CreateJobObjectW(None, None))  # lives as long as the process
        kernel.SetInformationJobObject(job, _EXTENDED_LIMITS, limits, _SIZE)
        kernel.AssignProcessToJobObject(job, ctypes.c_void_p(kernel.GetCurrentProcess()))
else:
    import resource
    from contextlib import suppress

    def limit_memory() -> None:
        """Limits the address space of this process, and leaves no core file."""
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
