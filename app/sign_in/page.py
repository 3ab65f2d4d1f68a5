"""The sign-in page: one form for signing in and for creating an account."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QProgressBar, QVBoxLayout, QWidget

from app.language import tr
from app.sign_in.checks import Entries, first_problem
from app.widgets.buttons import button
from app.widgets.centered import centered
from app.widgets.form import field, labelled
from app.widgets.labels import label, set_invalid

_CARD_WIDTH = 400


class SignInPage(QWidget):
    """Collects e-mail and password; who listens to `submitted` does the work and reports back."""

    submitted = Signal(object)
    offline_chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("signin")
        self._creating = False
        self._busy = False
        self._title = label("", "display", "signin.title")
        self._lead = label("", "dim", "signin.lead", wrap=True)
        self._name = field("signin.name", placeholder="How we greet you")
        self._email = field("signin.email", placeholder="you@example.com")
        self._password = field("signin.password", secret=True)
        self._name_row = labelled("Name", self._name)
        self._error = label("", "error", "signin.error", wrap=True)
        self._error.setMinimumHeight(36)
        self._error.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._progress = QProgressBar()
        self._progress.setRange(0, 0)
        self._submit = button("", "signin.submit", "primary", self.submit)
        self._submit.setMinimumHeight(36)
        self._switch = button("", "signin.switch", "link", lambda: self.show_mode(creating=not self._creating))
        self._offline = button("Continue offline", "signin.offline", "", self.offline_chosen.emit)
        self._offline.setMinimumHeight(36)
        self._cloud = label("", "tiny", "signin.cloud")
        for line in (self._name, self._email, self._password):
            line.returnPressed.connect(self.submit)
            line.textEdited.connect(lambda _text, edited=line: set_invalid(edited, False))
        self._lay_out()
        self.show_mode(creating=False)
        self.set_busy(False)

    def show_mode(self, *, creating: bool) -> None:
        """Switches between signing in and creating an account."""
        self._creating = creating
        self._title.setText("Create your account" if creating else "Sign in")
        self._lead.setText(
            "One account for this window, the phone dashboard and EA generation."
            if creating
            else "Trading on this computer works without an account too."
        )
        self._submit.setText(tr("Create account" if creating else "Sign in"))
        self._switch.setText(tr("I have an account" if creating else "Create an account"))
        self._password.setPlaceholderText(tr("At least 8 characters") if creating else "")
        self._name_row.setVisible(creating)
        self.show_error("")
        (self._name if creating else self._email).setFocus()

    def show_cloud(self, url: str) -> None:
        """Tells which cloud the account is at."""
        self._cloud.setText(f"Cloud: {url}" if url else "No cloud is set; add its address in Settings.")

    def show_error(self, sentence: str, at_field: str | None = None) -> None:
        """Shows one sentence under the form and marks the field it is about."""
        self._error.setText(sentence)
        fields: dict[str, QLineEdit] = {"name": self._name, "email": self._email, "password": self._password}
        for name, line in fields.items():
            set_invalid(line, name == at_field)
        if at_field in fields:
            fields[at_field].setFocus()

    def set_busy(self, busy: bool) -> None:
        """Shows that the cloud is being asked; nothing can be sent twice meanwhile."""
        self._busy = busy
        self._progress.setVisible(busy)
        for widget in (self._name, self._email, self._password, self._submit, self._switch, self._offline):
            widget.setEnabled(not busy)

    def submit(self) -> None:
        """Sends the form, or says what is missing."""
        if self._busy:
            return
        entries = Entries(
            creating=self._creating,
            email=self._email.text().strip(),
            password=self._password.text(),
            name=self._name.text().strip(),
        )
        problem = first_problem(entries)
        if problem is not None:
            self.show_error(problem.sentence, problem.field)
            return
        self.show_error("")
        self.submitted.emit(entries)

    def clear_password(self) -> None:
        """Forgets what was typed as password."""
        self._password.clear()

    def _lay_out(self) -> None:
        card = QFrame()
        card.setProperty("role", "card")
        card.setObjectName("signin.card")
        card.setFixedWidth(_CARD_WIDTH)
        inner = QVBoxLayout(card)
        inner.setContentsMargins(32, 28, 32, 24)
        inner.setSpacing(12)
        inner.addWidget(label("FE", "mark"))
        inner.addWidget(self._title)
        inner.addWidget(self._lead)
        inner.addSpacing(4)
        inner.addWidget(self._name_row)
        inner.addWidget(labelled("E-mail", self._email))
        inner.addWidget(labelled("Password", self._password))
        inner.addWidget(self._error)
        inner.addWidget(self._submit)
        inner.addWidget(self._offline)
        switch = QHBoxLayout()
        switch.addStretch(1)
        switch.addWidget(self._switch)
        switch.addStretch(1)
        inner.addLayout(switch)
        progress = QVBoxLayout()
        progress.addWidget(self._progress)
        room = QWidget()
        room.setFixedHeight(6)
        room.setLayout(progress)
        progress.setContentsMargins(0, 0, 0, 0)
        inner.addWidget(room)
        centered(self, card, self._cloud)
