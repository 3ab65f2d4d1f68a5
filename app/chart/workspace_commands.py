"""What the palette and the shortcuts offer of the charts."""

from app.chart.workspace import ChartWorkspace
from app.shell.commands import Command, CommandRegistry


def add_chart_commands(commands: CommandRegistry, workspace: ChartWorkspace) -> None:
    """Registers the commands of the chart workspace."""
    for command in (
        Command("chart.reset", "Chart: back to the newest bar", workspace.reset_view),
        Command("chart.split_right", "Chart: split right", lambda: workspace.split(beside=True)),
        Command("chart.split_below", "Chart: split below", lambda: workspace.split(beside=False)),
        Command("chart.new_tab", "Chart: new tab", workspace.new_tab, "Ctrl+T"),
        Command("chart.close", "Chart: close the active chart", workspace.close_active),
    ):
        commands.add(command)
