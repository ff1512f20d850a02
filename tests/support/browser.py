"""Debian's Chromium, driven by Playwright, as a person would use it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, sync_playwright

DESKTOP = ViewportSize(width=1280, height=800)
PHONE = ViewportSize(width=360, height=740)

#: Chromium looks for its makers' servers at every start; here there is nobody to find.
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
    "--no-first-run",
    "--no-sandbox",  # it refuses to be root with one
)


class NotInstalledError(Exception):
    """There is no Chromium on this machine; `make system` installs Debian's."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser without a window, and close it afterwards."""
    program = shutil.which("chromium")
    if not program:
        msg = "No Chromium here. Run `make system`, or install Debian's package chromium."
        raise NotInstalledError(msg)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(QUIET))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def watched(page: Page) -> Iterator[None]:
    """Fail afterwards if a script on `page` broke, or the page broke its own Content-Security-Policy."""
    faults: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            faults.append(message.text)

    page.on("console", heard)
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield
    assert faults == [], "the browser complained"
