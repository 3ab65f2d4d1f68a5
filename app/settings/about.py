"""About: version, folders, licences, the disclaimer."""

from importlib.metadata import version

from PySide6 import __version__ as pyside_version

from app.context import AppContext
from app.onboarding.steps import DISCLAIMER
from app.settings.section import Section
from app.widgets.labels import label


class AboutSection(Section):
    """What this program is."""

    def __init__(self, context: AppContext) -> None:
        super().__init__("about", "About", "ForexElite Pro: desktop trading and EA studio for MetaTrader 5.")
        folder = label(str(context.agent.settings.data_folder), "", "settings.about.folder", wrap=True)
        self.add_row("Version", "", label(version("forexelite-pro"), "", "settings.about.version"))
        self.add_row("Qt for Python", "", label(pyside_version))
        self.add_row("Data folder", "Local store and logs.", folder)
        self.add_row("Fonts", "", label("Inter and JetBrains Mono, SIL Open Font License 1.1", wrap=True))
        self.rows.addWidget(label(DISCLAIMER, "small", "settings.about.disclaimer", wrap=True))
