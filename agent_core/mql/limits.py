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

    def limit_memory() -> bool:
        """Puts this process into a job object that may not use more; False where Windows refuses."""
        kernel = ctypes.WinDLL("kernel32")
        for function in (kernel.CreateJobObjectW, kernel.GetCurrentProcess):
            function.restype = ctypes.c_void_p
        limits = ctypes.create_string_buffer(_SIZE)
        struct.pack_into("<I", limits, _FLAGS_AT, _PROCESS_MEMORY)
        struct.pack_into("<Q", limits, _PROCESS_MEMORY_AT, MEMORY_LIMIT_BYTES)
        job = ctypes.c_void_p(kernel.CreateJobObjectW(None, None))  # lives as long as the process
        this = ctypes.c_void_p(kernel.GetCurrentProcess())
        limited = kernel.SetInformationJobObject(job, _EXTENDED_LIMITS, limits, _SIZE)
        return bool(limited and kernel.AssignProcessToJobObject(job, this))
else:
    import resource

    def limit_memory() -> bool:
        """Limits the address space of this process, and leaves no core file; False where the system refuses."""
        try:
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        except (ValueError, OSError):
            return False
        return True
