"""Ordinary MQL5 must pass without a single message."""

from pathlib import Path

import pytest

from agent_core.mql import check_in_process
from agent_core.mql.includes import shipped_folder
from agent_core.mql.text import read_source

ACCEPTED = sorted(Path(__file__).with_name("accepted").glob("*.mq5"))
SHIPPED = sorted(path for folder in ("templates", "Experts") for path in (shipped_folder() / folder).glob("*.mq5"))
STANDARD = sorted((shipped_folder() / "checker" / "stdlib").rglob("*.mqh"))


@pytest.mark.parametrize("path", ACCEPTED + SHIPPED, ids=lambda path: path.name)
def test_a_whole_program_has_no_findings(path: Path) -> None:
    report = check_in_process(read_source(path), source_path=path)
    assert report.diagnostics == ()
    assert report.mode == "full"


def test_every_standard_header_can_be_included_alone() -> None:
    root = shipped_folder() / "checker" / "stdlib"
    for path in STANDARD:
        name = str(path.relative_to(root)).replace("/", "\\")
        report = check_in_process(f"#include <{name}>\nvoid OnStart() {{}}\n")
        assert report.diagnostics == (), name


@pytest.mark.parametrize(
    "source",
    [
        'void OnStart() { Late(1); }\nvoid Late(int a, string b = "x") { Print(a, b); }',
        "enum ENUM_A { A1, A2 };\nvoid OnStart() { Use(A2); }\nvoid Use(ENUM_A a = A1) { Print(EnumToString(a)); }",
        "void OnStart() { int b = B'1011' | 0xFF; uint h = 0x1F; Print(b, h, 1e-5, .5); }",
        "class C { public: int a; C *Me() { return(GetPointer(this)); } void Set() { this.a = 1; } };\n"
        "void OnStart() { C *c = new C(); c.Set(); if(c != NULL) Print(c.a); delete c; }",
        "class N { public: N *next; int operator[](int i) const { return(i); } int f() { return(this[1]); } };\n"
        "void OnStart() { N n; n.f(); }",
        "struct S { int a[]; double b[3]; };\nvoid F(S &items[], const int &x[][2]) { items[0].b[0] = x[0][1]; }\n"
        "void OnStart() { S s[]; int x[4][2]; ArrayResize(s, 1); F(s, x); }",
        'void OnStart() { string s = NULL; s += 5; s = (string)1.5 + "a"; if(s == "b" || s > "c") Print(s[0]); }',
        "void OnStart() { datetime t = TimeCurrent(); t += 60; if(t > D'2024.01.01') Print(t + 5, t - t); }",
        "void OnStart() { ushort c = 'a'; if(c == '\\n' || c == '\\x41') Print(CharToString((uchar)c)); }",
        "#define SQR(x) ((x) * (x))\n#define LONG(x) \\\n   Print(x); \\\n   // end\nvoid OnStart() { LONG(SQR(2)) }",
        "void OnStart() { int register = 1, try = 2, asm = 3, auto = 4; Print(try + asm + register + auto); }",
        "template<typename T> T Max3(T a, T b, T c) { return(MathMax(a, MathMax(b, c))); }\n"
        "void OnStart() { Print(Max3(1.0, 2.0, 3.0)); }",
        "void OnStart() { int a[] = {1, 2}, b[]; ArrayCopy(b, a); ArrayFree(b); static double c[]; Print(c.Size()); }",
        "class A { public: virtual int f() const = 0; };\n"
        "class B : public A { public: int f() const { return(1); } };\n"
        "void OnStart() { A *a = new B; B *b = dynamic_cast<B *>(a); Print(b.f(), typename(b)); delete a; }",
        'void OnStart() { MqlCalendarValue v[]; CalendarValueHistory(v, 0, 0, "US"); Print(v[0].GetActualValue()); }',
        "void OnStart() { int i = 0; for(;;) { if(i > 3) break; i += 1; } }",
        "namespace N { int value = 1; }\nvoid OnStart() { Print(N::value); }",
        '#import "kernel32.dll"\nint GetTickCount();\n#import\nvoid OnStart() { Print(kernel32::GetTickCount()); }',
        '#resource "\\\\Files\\\\a.txt" as string Words\nvoid OnStart() { Print(Words); }',
        "void OnStart() { Print(ACCOUNT_BALANCE, __LINE__, __FILE__, __DATETIME__, _Period, Point(), Digits()); }",
        'bool F(const int a = 1, string b = "x") { return(a > 0); }\nvoid OnStart() { F(); F(2); F(2, "y"); }',
        "void OnStart() { MqlTick t[] = {}; int n[] = {}; ArrayResize(n, 2); Print(t.Size(), n[0]); }",
        "void F(int n, double const &v[]) { Print(v[n]); }\nvoid OnStart() { double d[3]; F(1, d); }",
        "enum A { LOW = -1, HIGH }; enum B { LOW = 1, TOP };\nvoid OnStart() { Print(A::LOW, TOP); }",
        "void OnStart() { int h = iMA(_Symbol, _Period, 14, 0, MODE_SMA, PRICE_CLOSE); color c = Red; Print(h, c); }",
        "void OnStart() { const ENUM_TIMEFRAMES f[] = {PERIOD_M1, PERIOD_H1}; Print(EnumToString(f[0])); }",
    ],
)  # fmt: skip
def test_a_construct_is_accepted(source: str) -> None:
    report = check_in_process(source)
    assert [item for item in report.diagnostics if item.severity == "error"] == []
    assert report.mode == "full"


def test_an_ordinary_expert_takes_well_under_a_second() -> None:
    source = read_source(SHIPPED[0])
    check_in_process(source)
    assert min(check_in_process(source).elapsed_ms for _ in range(3)) < 300
