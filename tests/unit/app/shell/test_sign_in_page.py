"""The sign-in form."""

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit

from app.sign_in.checks import Entries, first_problem
from app.sign_in.page import SignInPage
from app.theme import Theme


@pytest.fixture
def page(theme: Theme, qtbot: Any) -> SignInPage:
    page = SignInPage()
    qtbot.addWidget(page)
    page.resize(1280, 800)
    page.show()
    return page


def _field(page: SignInPage, name: str) -> QLineEdit:
    found = page.findChild(QLineEdit, f"signin.{name}")
    assert found is not None
    return found


def _error(page: SignInPage) -> str:
    found = page.findChild(QLabel, "signin.error")
    assert found is not None
    return found.text()


def test_enter_sends_the_form(page: SignInPage, qtbot: Any) -> None:
    qtbot.keyClicks(_field(page, "email"), " jo@example.com ")
    qtbot.keyClicks(_field(page, "password"), "secret")
    with qtbot.waitSignal(page.submitted) as sent:
        qtbot.keyClick(_field(page, "password"), Qt.Key.Key_Return)
    entries = sent.args[0]
    assert (entries.creating, entries.email, entries.password) == (False, "jo@example.com", "secret")
    assert "secret" not in repr(entries)


def test_nothing_is_sent_twice_while_the_cloud_is_asked(page: SignInPage, qtbot: Any) -> None:
    qtbot.keyClicks(_field(page, "email"), "jo@example.com")
    qtbot.keyClicks(_field(page, "password"), "secret")
    page.set_busy(True)
    with qtbot.assertNotEmitted(page.submitted):
        page.submit()
    page.set_busy(False)
    with qtbot.waitSignal(page.submitted):
        page.submit()


def test_an_error_is_one_sentence_under_the_form(page: SignInPage, qtbot: Any) -> None:
    page.submit()
    assert _error(page) == "Enter your e-mail address, like you@example.com."
    assert _field(page, "email").property("invalid") == "true"
    qtbot.keyClicks(_field(page, "email"), "j")
    assert _field(page, "email").property("invalid") == "false"
    page.show_error("E-mail or password is wrong.", "password")
    assert _field(page, "password").property("invalid") == "true"


def test_creating_an_account_asks_for_a_name(page: SignInPage) -> None:
    assert not _field(page, "name").isVisible()
    page.show_mode(creating=True)
    assert _field(page, "name").isVisible()
    page.submit()
    assert _error(page) == "Enter your name."


def test_fields_keep_their_height(page: SignInPage) -> None:
    page.show_mode(creating=True)
    page.show_error("A sentence that is long enough to need a second line under the form, which must not be cut off.")
    page.layout().activate()
    for name in ("name", "email", "password"):
        field = _field(page, name)
        assert field.visibleRegion().boundingRect().height() == field.height() >= 34


@pytest.mark.parametrize(
    ("creating", "email", "password", "name", "field"),
    [
        (False, "jo@example.com", "x", "", None),
        (False, "jo@example", "x", "", "email"),
        (False, "jo example@x.com", "x", "", "email"),
        (False, "jo@example.com", "", "", "password"),
        (True, "jo@example.com", "1234567", "Jo", "password"),
        (True, "jo@example.com", "ü" * 37, "Jo", "password"),
        (True, "jo@example.com", "12345678", "", "name"),
        (True, "jo@example.com", "12345678", "Jo", None),
    ],
)
def test_checks(creating: bool, email: str, password: str, name: str, field: str | None) -> None:
    problem = first_problem(Entries(creating=creating, email=email, password=password, name=name))
    assert (problem.field if problem else None) == field
