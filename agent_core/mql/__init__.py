"""MQL5 as text: the checker that needs no MetaEditor, forbidden constructs, strategy templates.

MetaEditor stays the only authority; the check is a fast second opinion and the engine of the simulated MetaEditor.
"""

from agent_core.mql.checker import check_in_process
from agent_core.mql.model import CheckReport, Diagnostic
from agent_core.mql.process import check

__all__ = ["CheckReport", "Diagnostic", "check", "check_in_process"]
