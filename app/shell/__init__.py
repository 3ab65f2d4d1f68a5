"""The frame of the window: rail, bars, toasts, commands."""
