"""Steps: account, disclaimer, terminal, bridge, settings."""

from PySide6.QtWidgets import QLabel, QWidget

from app.tour.guide import Guide
from app.tour.hands import enter, find, until


async def wrong_password(guide: Guide) -> None:
    """Tries to sign in with an account that isn't there."""
    window = guide.window
    await until("the sign-in page is ready", lambda: find(window, QWidget, "signin.submit").isEnabled(), 60)
    await enter(window, "signin.email", guide.email)
    await enter(window, "signin.password", "not-the-password")
    await guide.press("signin.submit")
    sentence = await until("an error is shown", lambda: find(window, QLabel, "signin.error").text())
    guide.check("One sentence says that e-mail or password are wrong", "password" in sentence.lower(), sentence)


async def sign_up(guide: Guide) -> None:
    """Creates the tour's account."""
    window = guide.window
    await guide.press("signin.switch")
    await enter(window, "signin.name", "Tour Trader")
    await enter(window, "signin.email", guide.email)
    await enter(window, "signin.password", guide.password)
    await guide.press("signin.submit")
    await until("onboarding begins", lambda: find(window, QWidget, "onboarding.disclaimer.accept"), 30)
    user = guide.context.api.user
    guide.check("The cloud knows the new user", user is not None and user.email == guide.email)


async def accept_disclaimer(guide: Guide) -> None:
    """Reads and accepts it."""
    await guide.press("onboarding.disclaimer.accept")
    await guide.press("onboarding.disclaimer.continue")
    await until("a terminal is found", lambda: find(guide.window, QWidget, "onboarding.terminal.0.connect"), 30)
    guide.check("A terminal was discovered on this computer", True)


async def choose_terminal(guide: Guide) -> None:
    """Chooses the first terminal of the list; it is closed, so the bridge is offered first."""
    await guide.press("onboarding.terminal.0.connect")
    await until("the bridge is offered", lambda: find(guide.window, QWidget, "onboarding.bridge.install"), 30)
    guide.check("The terminal was not touched before the trader agreed", not (await guide.terminal.state())["running"])


async def install_bridge(guide: Guide) -> None:
    """Agrees to the bridge; the terminal starts with it, and the account is connected."""
    await guide.press("onboarding.bridge.install")
    await until("the workspace opens", lambda: find(guide.window, QWidget, "chart"), 60)
    await until("the terminal is connected", lambda: guide.context.agent.terminal.connected, 60)
    await until("the bridge answers", lambda: guide.context.agent.ea.bridge.state == "connected", 60)
    truth = await guide.terminal.state()
    account = guide.context.agent.terminal.account
    guide.check(
        "The account is the terminal's own", account is not None and account.login == truth["account"]["login"], account
    )
    await until("this computer is paired as an agent", lambda: guide.context.agent.cloud.paired, 20)
    guide.check("The cloud has the broker connection", len(await guide.context.api.brokers()) == 1)
    guide.check("Onboarding is complete", (await guide.context.api.onboarding_status()).onboarded)


async def settings(guide: Guide) -> None:
    """Looks at the settings."""
    await guide.go_to("settings")
    await until("the settings show", lambda: find(guide.window, QWidget, "page.settings"))
    guide.check("Settings show", True)
