"""Strategies that reach beyond their chart are told apart from text that only mentions it."""

import pytest

from agent_core.mql.forbidden import forbidden_constructs
from agent_core.mql.templates import strategy_templates


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ('#import "kernel32.dll"\nint GetTickCount();\n#import', "kernel32.dll"),
        ('  #  import "other.ex5"\n#import', "other.ex5"),
        ("#include <WinAPI\\winbase.mqh>", "WinAPI"),
        ("void f() { SocketCreate(); }", "SocketCreate"),
        ("void f() { SocketTlsHandshake(1, host); }", "SocketTlsHandshake"),
        ("void f() { ::WebRequest(a, b, c, 1, d, e, g); }", "WebRequest"),
        ("bool f() { return ::WebRequest(a, b, c, 1, d, e, g); }", "WebRequest"),
        ("void f() { if (a) g(); else ::FileDelete(b); }", "FileDelete"),
        ("#define CMine\nvoid f() { CMine ::SocketCreate(); }", "SocketCreate"),
        ("class A { };\n#define GO(A) A ::FileDelete(b)\nvoid f() { GO(); }", "FileDelete"),
        ("#define W WebRequest\nvoid f() { W(a); }", "WebRequest"),
        ("#define W Web##Request", "WebRequest"),
        ('void f() { SendFTP("a"); }', "SendFTP"),
        ('void f() { FileDelete("a"); }', "FileDelete"),
        ('void f() { FolderClean("a"); }', "FolderClean"),
        ("void f() { TerminalClose(0); }", "TerminalClose"),
        ('void f() { ChartApplyTemplate(1, "x.tpl"); }', "ChartApplyTemplate"),
        ("void f() { ChartSetInteger(0, CHART_SHOW_TRADE_LEVELS, false); }", "hides trades"),
        ('void f() { FileOpen("\\\\\\\\.\\\\pipe\\\\x", FILE_READ); }', "pipe"),
        ('void f() { FileOpen("FEP\\\\cmd\\\\1.json", FILE_WRITE); }', "ForexElite Pro's own files"),
        ("void f() { SignalSubscribe(1); }", "SignalSubscribe"),
        ('#/* harmless */import "user32.dll"\nint f();\n#import', "user32.dll"),
        ('#\\\nimport "user32.dll"\nint f();\n#import', "user32.dll"),
        ("#import user32.dll\nint f();\n#import", "user32.dll"),
        ("#include <Trade\\..\\winapi\\fileapi.mqh>", "WinAPI"),
        ("void f() { Web/**/Request(); }", "WebRequest"),
        ("void f() { Socket\\\nCreate(); }", "SocketCreate"),
        ("#define SHOWN (CHART_SHOW_TRADE_LEVELS)", "hides trades"),
        ("void f() { ChartSetInteger(0, CHART_SHOW_TRADE_HISTORY, true && false); }", "hides trades"),
        ("void f() { ChartSetInteger(0, CHART_SHOW, on); }", "hides the chart"),
    ],
)  # fmt: skip
def test_a_forbidden_construct_is_named_in_one_sentence(source: str, word: str) -> None:
    reasons = forbidden_constructs(source)
    assert len(reasons) == 1
    assert word in reasons[0]
    assert reasons[0].endswith(".")


@pytest.mark.parametrize(
    "source",
    [
        "// WebRequest(x); FileDelete(y)",
        '/* #import "a.dll" */',
        'string text = "TerminalClose(0) FileDelete";',
        "void f() { list.FileDelete(); Socketed(); }",
        "void f() { ChartSetInteger(0, CHART_SHOW_TRADE_LEVELS, true); }",
        '#include <Trade\\Trade.mqh>\nvoid f() { trade.Buy(0.1); FileOpen("log.txt", FILE_WRITE); }',
    ],
)  # fmt: skip
def test_what_only_looks_like_it_is_allowed(source: str) -> None:
    assert forbidden_constructs(source) == []


def test_a_repeated_construct_is_told_once() -> None:
    assert len(forbidden_constructs("void f() { FileDelete(a); FileDelete(b); }")) == 1


def test_the_shipped_strategies_have_none() -> None:
    assert [forbidden_constructs(template.source) for template in strategy_templates()] == [[]] * len(
        strategy_templates()
    )
