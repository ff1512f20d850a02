"""What can be wrong with a page that a machine can see: it scrolls sideways, cuts text off, or shuts somebody out."""

from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

#: WCAG 2.2 AA, and nothing that is only advice.
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}

SIDEWAYS = "() => document.scrollingElement.scrollWidth - document.documentElement.clientWidth"

CUT_OFF = (Path(__file__).parent / "cut_off.js").read_text(encoding="utf-8")


def faults(page: Page) -> list[str]:
    """Return what is wrong with the page that is open, in words."""
    found: list[str] = []
    sideways: int = page.evaluate(SIDEWAYS)
    if sideways > 0:
        found.append(f"scrolls sideways by {sideways} px")
    cut_off: list[str] = page.evaluate(CUT_OFF)
    found += [f"cuts off {words!r}" for words in cut_off]
    return found + shut_out(page)


def shut_out(page: Page) -> list[str]:
    """Return what keeps somebody from using the page that is open: what axe finds."""
    violations = Axe().run(page, options=RULES).response["violations"]
    return [
        f"axe: {violation['id']}: {violation['help']}: {node['html'][:160]}"
        for violation in violations
        for node in violation["nodes"][:3]
    ]
