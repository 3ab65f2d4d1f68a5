"""Qt's own texts (file dialogs, the menus of text fields, names of keys) in the window's language."""

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QTranslator


def translate_qt(language: str) -> QTranslator | None:
    """Installs Qt's translation, which lives as long as the application; None where there is none."""
    application = QCoreApplication.instance()
    translator = QTranslator(application)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if application is None or language == "en" or not translator.load(f"qtbase_{language}", folder):
        return None
    QCoreApplication.installTranslator(translator)
    return translator
