"""Codes, words and positions are MetaEditor's."""

import pytest

from agent_core.mql import check_in_process
from agent_core.mql.checker import MAX_CHARACTERS


def findings(source: str) -> list[tuple[int, int, str, int | None, str]]:
    return [(d.line, d.column, d.severity, d.code, d.message) for d in check_in_process(source).diagnostics]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("void OnStart()\n  {\n   Print(a);\n  }", (3, 10, "error", 256, "undeclared identifier 'a'")),
        ("void OnStart()\n  {\n   int a = 1\n   Print(a);\n  }", (4, 4, "error", 154, "'Print' - semicolon expected")),
        ("int a = 1\ninput int b = 2;", (2, 1, "error", 154, "'input' - semicolon expected")),
        ("void OnStart()\n  {\n   int h = iATR(_Symbol);\n   Print(h);\n  }",
         (3, 12, "error", 199, "wrong parameters count")),
        ("void f(int a) { Print(a); }\nvoid OnStart()\n  {\n   f(1,\n     2);\n  }",
         (4, 4, "error", 199, "wrong parameters count")),
        ("#include <Nothing\\Here.mqh>", (1, 1, "error", 106, "file 'Nothing\\Here.mqh' not found")),
        ("#propert copyright", (1, 1, "error", 109, "'#propert' - invalid preprocessor command")),
        ("#if 1\n#endif", (1, 1, "error", 109, "'#if' - invalid preprocessor command")),
        ("void OnStart() { int a; int a; }", (1, 29, "error", 125, "variable already defined")),
        ("CTradee trade;", (1, 1, "error", 149, "'CTradee' - unexpected token, probably type is missing?")),
        ("input int A = 1;\nvoid OnStart() { A = 2; }", (2, 20, "error", 189, "constant cannot be modified")),
        ("void OnStart() { int a = Bars(_Symbol, PERIOD_H1) + ; }", (1, 53, "error", 157, "';' - expression expected")),
        ("void OnStart() { return(1); }", (1, 18, "error", 167, "'void' function returns a value")),
        ("void OnStart() { break; }", (1, 18, "error", 153, "'break' - operator is used incorrectly")),
        ("void f() {}\nvoid f() {}", (2, 6, "error", 165, "'f' - function already defined and has body")),
        ("class A { int x; };\nvoid OnStart() { A a; a.x = 1; }",
         (2, 25, "error", 211, "'x' - cannot access private member")),
        ('void OnStart() { Print("a); }', (1, 24, "error", 112, "closing quote '\"' expected")),
        ("void OnStart() {} /* never closed", (1, 19, "error", 161, "unexpected end of program")),
        ("int f(int a)\n  {\n   if(a > 1)\n      return(1);\n  }",
         (5, 3, "warning", 78, "not all control paths return a value")),
        ('void OnStart() { int a = "5"; Print(a); }',
         (1, 22, "warning", 93, "implicit conversion from 'string' to 'int'")),
        ("void OnStart() { double d = 1.5; int a = d; Print(a); }",
         (1, 42, "warning", 43, "possible loss of data due to type conversion")),
        ("void OnStart() { int unused = 1; }", (1, 22, "warning", 31, "variable 'unused' not used")),
        ("void OnStart() { int a = 1; a == 2; }", (1, 31, "warning", 95, "expression has no effect")),
    ],
)  # fmt: skip
def test_a_mistake_has_metaeditors_code_words_and_place(source: str, expected: tuple[int, int, str, int, str]) -> None:
    assert findings(source)[0] == expected


ENUMS = "enum A { A0, A1 }; enum B { B0, B1, B7 = 7 };\nvoid Use(B b, int n) { Print(b, n); }\n"


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("A a = B1;", (7, "warning", 42, "implicit conversion from 'enum B' to 'enum A'")),
        ("A a = B7;", (7, "error", 262, "'B7' - cannot convert enum")),
        ("B b = 5;", (7, "error", 262, "cannot convert 5 to enum 'B'")),
        ("B b = 7;", None),
        ("B b = WRONG_VALUE;", None),
        ("int i = 1; B b = i;", (18, "warning", 42, "implicit enum conversion")),
        ("B b = (B)5; int i = b;", None),
        ("A a = A0; a++;", None),
        ("Use(A1, 2);", (5, "warning", 42, "implicit conversion from 'enum A' to 'enum B'")),
        ("Use(2, 2);", (5, "error", 262, "cannot convert 2 to enum 'B'")),
        ("MqlTradeRequest r = {0};", (22, "error", 262, "cannot convert 0 to enum 'ENUM_TRADE_REQUEST_ACTIONS'")),
        ("MqlTradeRequest r = {};", None),
        ("double x = SymbolInfoDouble(_Symbol, SYMBOL_DIGITS);",
         (38, "error", 262, "'SYMBOL_DIGITS' - cannot convert enum")),
        ("int h = iMA(_Symbol, 0, 14, 0, PRICE_WEIGHTED, PRICE_CLOSE);",
         (32, "error", 262, "'PRICE_WEIGHTED' - cannot convert enum")),
        ("int h = iMA(NULL, 0, 14, 0, MODE_SMA, PRICE_CLOSE);", None),
    ],
)  # fmt: skip
def test_what_is_given_to_an_enumeration_is_judged(statement: str, expected: tuple[int, str, int, str] | None) -> None:
    found = [item for item in findings(f"{ENUMS}void OnStart()\n{{\n{statement}\n}}") if item[3] != 31]
    assert [(line, *rest) for line, *rest in found] == ([(5, *expected)] if expected else [])


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("int k = 1;\nvoid OnStart() { int k = 2; Print(k); }",
         (2, 22, "warning", 62, "declaration hides global variable")),
        ("void OnStart() { int k = 2; for(int k = 0; k < 2; k++) Print(k); Print(k); }",
         (1, 37, "warning", 61, "declaration hides local variable")),
        ("class C { public: int m; void Set(int m) { Print(m); } };\nvoid OnStart() { C c; c.Set(1); }",
         (1, 39, "warning", 72, "declaration hides class member")),
    ],
)  # fmt: skip
def test_a_declaration_that_hides_another_is_told(source: str, expected: tuple[int, int, str, int, str]) -> None:
    assert findings(source) == [expected]


def test_words_of_cpp_that_are_names_in_mql5_keep_their_spelling() -> None:
    assert findings("void OnStart() { Print(register); }")[0][4] == "undeclared identifier 'register'"


def test_columns_count_characters_after_text_that_is_not_ascii() -> None:
    assert findings('void OnStart() { Print("größer €", a); }')[0][:2] == (1, 36)


def test_line_ends_of_windows_and_a_byte_order_mark_change_nothing() -> None:
    assert findings("\ufeffvoid OnStart()\r\n{\r\n  Print(a);\r\n}\r\n")[0][:2] == (3, 9)


def test_what_the_checker_has_no_declarations_of_is_checked_for_syntax_alone() -> None:
    report = check_in_process("#include <Controls\\Dialog.mqh>\nCAppDialog dialog;\nvoid OnStart() { dialog.Run(; }")
    assert report.mode == "syntax"
    assert [(item.line, item.code) for item in report.diagnostics] == [(3, 149)]
    matrices = check_in_process("void OnStart() { matrix m = matrix::Identity(3, 3); Print(m.Rows()); }")
    assert (matrices.mode, matrices.diagnostics) == ("syntax", ())


def test_a_semicolon_is_missed_by_the_syntax_check_too() -> None:
    report = check_in_process("#include <Controls\\Dialog.mqh>\nvoid OnStart()\n  {\n   int a = 1\n   Print(a);\n  }")
    assert (report.mode, report.diagnostics[0].line, report.diagnostics[0].code) == ("syntax", 4, 149)


def test_a_source_that_is_too_long_is_refused() -> None:
    report = check_in_process("/" * (MAX_CHARACTERS + 1))
    assert not report.ok


def test_macros_of_a_header_that_is_not_there_are_no_syntax_errors() -> None:
    source = """#include <Controls\\Dialog.mqh>
class CPanel : public CAppDialog
  {
public:
                     CPanel(void);
   virtual bool      OnEvent(const int id, const long &lparam, const double &dparam, const string &sparam);
  };
EVENT_MAP_BEGIN(CPanel)
ON_EVENT(ON_CLICK, m_button, OnClickButton)
EVENT_MAP_END(CAppDialog)
CPanel::CPanel(void)
  {
  }
"""
    report = check_in_process(source)
    assert (report.mode, report.diagnostics) == ("syntax", ())
