"""Where the product keeps its data on this computer; known before any settings are read."""

import os
from pathlib import Path

import platformdirs


def default_data_folder() -> Path:
    """Returns the data folder: `FOREXELITE_DATA_FOLDER`, else the user's usual place for program data."""
    chosen = os.environ.get("FOREXELITE_DATA_FOLDER")
    return Path(chosen) if chosen else Path(platformdirs.user_data_dir("ForexElite Pro", appauthor=False))
