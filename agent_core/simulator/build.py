"""Version of the simulated terminal and MetaEditor."""

BUILD = 5100
BUILD_DATE = "20 Nov 2026"
