"""What the GLM stand-in answers: it picks a shipped strategy, changes a given source, repairs what it is told of."""

import difflib
import re

from agent_core.mql.templates import StrategyTemplate, strategy_templates

Messages = list[dict[str, str]]

_SOURCE = re.compile(r"```mql5\n(.*?)```", re.DOTALL)
_RISK = re.compile(r"(\d+(?:\.\d+)?)\s*%")
_INPUT = re.compile(r"^s?input\s+[\w ]+?\b(Inp\w+)\s*=\s*([^;]+);", re.MULTILINE)
_UNDECLARED = re.compile(r"line (\d+),[^\n]*?undeclared identifier '(\w+)'|line (\d+),[^\n]*?'(\w+)' - undeclared")
_ERROR_LINE = re.compile(r"^line (\d+), column \d+: error", re.MULTILINE)
_QUESTIONS = ("When shall it enter: on which signal, and on which timeframe?", "When shall it leave: stop and target?")


def reply(messages: Messages) -> str:
    """The model's answer to a conversation."""
    users = [message["content"] for message in messages if message["role"] == "user"]
    if "REPAIR:" in users[-1]:
        source = _SOURCE.findall("\n".join(message["content"] for message in messages[1:]))[-1]
        return written("The same as before, repaired", _repaired(source, users[-1]))
    given = _SOURCE.search(users[0])
    wish = " ".join(_SOURCE.sub("", text) for text in users)
    if given:
        return written("As before, with the change asked for", _with_risk(given.group(1), wish))
    template = _best_template(wish)
    if template is None:
        may_ask = not any("Do not ask questions" in text or "ANSWERS:" in text for text in users)
        if may_ask:
            return "QUESTIONS:\n" + "\n".join(f"{number}. {text}" for number, text in enumerate(_QUESTIONS, start=1))
        template = strategy_templates()[0]
    return written(template.title, _with_risk(template.source, wish))


def broken(answer: str) -> str:
    """The same answer with a name in its code that isn't declared."""
    return re.sub(r"\bInpRiskPercent\b(?!\s*=)", "InpRiskPct", answer, count=1)


def written(entry: str, source: str) -> str:
    """An answer in the form the product asks for."""
    inputs = ", ".join(f"{name} = {value.strip()}" for name, value in _INPUT.findall(source)[:8])
    brief = "\n".join(
        [
            f"Entry: {entry}",
            "Exit: stop loss or target, whichever comes first",
            "Risk: lots from the stop's distance and the risk per trade",
            f"Inputs: {inputs}",
            "Guards: spread, session, one position, one magic number",
            "Assumed: the chart's own symbol and timeframe",
        ]
    )
    return f"BRIEF:\n{brief}\n\n```mql5\n{source}\n```\n"


def _best_template(wish: str) -> StrategyTemplate | None:
    words = set(re.findall(r"[a-z]+", wish.lower()))
    best = max(strategy_templates(), key=lambda template: len(words & set(template.keywords)))
    return best if words & set(best.keywords) else None


def _with_risk(source: str, wish: str) -> str:
    risk = _RISK.search(wish)
    return re.sub(r"(InpRiskPercent\s*=\s*)[\d.]+", rf"\g<1>{float(risk.group(1))}", source) if risk else source


def _repaired(source: str, findings: str) -> str:
    """Puts the likeliest declared name in place of an unknown one; another line with an error is taken out."""
    lines = source.rstrip("\n").split("\n")
    mended: set[int] = set()
    for match in _UNDECLARED.finditer(findings):
        line, name = int(match.group(1) or match.group(3)), match.group(2) or match.group(4)
        declared = set(re.findall(r"\b[A-Za-z_]\w+", source)) - {name}
        likely = difflib.get_close_matches(name, sorted(declared), n=1, cutoff=0.6)
        if likely and 0 < line <= len(lines):
            lines[line - 1] = re.sub(rf"\b{name}\b", likely[0], lines[line - 1])
            mended.add(line)
    for line in {int(number) for number in _ERROR_LINE.findall(findings)} - mended:
        if 0 < line <= len(lines):
            lines[line - 1] = f"// {lines[line - 1].strip()}"
    return "\n".join(lines)
