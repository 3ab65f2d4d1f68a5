"""What every page of the window gets."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent_core.agent import Agent
    from agent_core.sync.api import CloudApi
    from app.agent_signals import AgentSignals
    from app.shell.commands import CommandRegistry
    from app.shell.toasts import Toasts
    from app.tasks import Tasks
    from app.theme import Theme
    from app.ui_settings import UiSettingsFile


@dataclass(slots=True)
class AppContext:
    """The parts of the window that pages share.

    Attributes:
        agent: The agent that runs in this process.
        api: The user's HTTP client of the cloud.
        signals: What happens in the agent, as Qt signals.
        theme: Colours, fonts and icons.
        tasks: Starts coroutines from slots and shows their failures.
        toasts: Short messages over the window.
        ui: The trader's own settings of the window.
        commands: Where pages register what the menus, shortcuts and the palette offer.
    """

    agent: "Agent"
    api: "CloudApi"
    signals: "AgentSignals"
    theme: "Theme"
    tasks: "Tasks"
    toasts: "Toasts"
    ui: "UiSettingsFile"
    commands: "CommandRegistry"
