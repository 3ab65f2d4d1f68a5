"""A program with a main window and a small one that it owns: `windowed.py closes|stays <path of its executable>`.

Told to close, the first kind ends; the second kind has a question open and stays.
"""

import ctypes
import sys
from ctypes import wintypes

CLOSE, DESTROY = 0x0010, 0x0002
OVERLAPPED_VISIBLE, POPUP_VISIBLE = 0x10CF0000, 0x90000000

user = ctypes.WinDLL("user32")
PROCEDURE = ctypes.WINFUNCTYPE(ctypes.c_ssize_t, wintypes.HWND, wintypes.UINT, wintypes.WPARAM, wintypes.LPARAM)
user.DefWindowProcW.argtypes = (wintypes.HWND, wintypes.UINT, wintypes.WPARAM, wintypes.LPARAM)
user.DefWindowProcW.restype = ctypes.c_ssize_t
user.CreateWindowExW.argtypes = (
    wintypes.DWORD, wintypes.LPCWSTR, wintypes.LPCWSTR, wintypes.DWORD, ctypes.c_int, ctypes.c_int, ctypes.c_int,
    ctypes.c_int, wintypes.HWND, wintypes.HMENU, wintypes.HINSTANCE, wintypes.LPVOID,
)  # fmt: skip
user.CreateWindowExW.restype = wintypes.HWND


class WindowClass(ctypes.Structure):
    """WNDCLASSW."""

    _fields_ = (
        ("style", wintypes.UINT), ("procedure", PROCEDURE), ("class_extra", ctypes.c_int),
        ("window_extra", ctypes.c_int), ("instance", wintypes.HINSTANCE), ("icon", wintypes.HICON),
        ("cursor", wintypes.HANDLE), ("background", wintypes.HBRUSH), ("menu", wintypes.LPCWSTR),
        ("name", wintypes.LPCWSTR),
    )  # fmt: skip


def main() -> None:
    """Shows the windows, says so, and works until it is closed."""
    asked = []

    @PROCEDURE
    def procedure(window: int, message: int, first: int, second: int) -> int:
        if message == CLOSE:
            asked.append(window)
            if sys.argv[1] == "stays" or window != main_window:
                print("asked", flush=True)
                return 0
        if message == DESTROY and window == main_window:
            user.PostQuitMessage(0)
        return int(user.DefWindowProcW(window, message, first, second))

    kind = WindowClass(procedure=procedure, name="ForexEliteTest")
    user.RegisterClassW(ctypes.byref(kind))

    def window(title: str, style: int, owner: int | None) -> int:
        return int(user.CreateWindowExW(0, kind.name, title, style, 10, 10, 300, 200, owner, None, None, None))

    main_window = 0
    main_window = window("Terminal", OVERLAPPED_VISIBLE, None)
    window("Journal", POPUP_VISIBLE, main_window)
    print("ready", flush=True)
    message = wintypes.MSG()
    while user.GetMessageW(ctypes.byref(message), None, 0, 0) > 0:
        user.DispatchMessageW(ctypes.byref(message))
    print(f"asked {len(asked)} time", flush=True)


if __name__ == "__main__":
    main()
