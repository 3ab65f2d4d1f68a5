"""Loaded by the Windows Python under Wine 8, which lacks CopyFile2: without it `shutil` copies by itself."""

import _winapi

if hasattr(_winapi, "CopyFile2"):
    del _winapi.CopyFile2
