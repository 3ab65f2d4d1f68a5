"""The shipped strategies keep the house's rules."""

import re

import pytest

from agent_core.mql.templates import StrategyTemplate, strategy_templates


def test_there_are_at_least_four_and_each_has_a_magic_number_of_its_own() -> None:
    templates = strategy_templates()
    assert len(templates) >= 4
    magics = [re.findall(r"InpMagic\s*=\s*(\d+)", template.source) for template in templates]
    assert all(len(found) == 1 for found in magics)
    assert len({found[0] for found in magics}) == len(templates)


@pytest.mark.parametrize("template", strategy_templates(), ids=lambda template: template.name)
def test_a_strategy_is_guarded_and_gives_signs_of_life(template: StrategyTemplate) -> None:
    source = template.source
    assert template.title
    assert len(template.keywords) >= 5
    assert all(word.isalpha() and word.islower() for word in template.keywords)
    assert "#include <ForexElite\\Heartbeat.mqh>" in source
    for call in ("HeartbeatInit(InpMagic)", "HeartbeatBeat()", "HeartbeatStop()", ".MayEnter()"):
        assert call in source
    for name in ("InpRiskPercent", "InpMaxSpread"):
        assert re.search(rf"^input .*\b{name}\b", source, re.MULTILINE)
    inputs = re.findall(r"^input (?!group).*$", source, re.MULTILINE)
    assert all(re.search(r";\s*// \S", line) for line in inputs), "every input has a comment"


def test_the_descriptions_of_traders_find_their_strategy() -> None:
    def best(description: str) -> str:
        words = set(re.findall(r"[a-z]+", description.lower()))
        return max(strategy_templates(), key=lambda template: len(words & set(template.keywords))).name

    assert best("Buy when the 20 EMA crosses above the 50 EMA") == "moving_average_cross"
    assert best("Breakout of the asian range in the London session") == "london_breakout"
    assert best("RSI oversold mean reversion") == "rsi_mean_reversion"
