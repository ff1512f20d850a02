"""What noticed each remedy that was switched off, in a table after the tests."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print who noticed what."""
    reports = [
        each for reports in terminalreporter.stats.values() for each in reports if hasattr(each, "user_properties")
    ]
    found = {
        dict(each.user_properties)["remedy"]: dict(each.user_properties)["noticed"]
        for each in reports
        if each.user_properties and "remedy" in dict(each.user_properties)
    }
    if found:
        terminalreporter.section("switched off -> noticed by")
    width = max(map(len, found), default=0)
    for remedy, noticed in sorted(found.items()):
        terminalreporter.write_line(f"{remedy:{width}}  {noticed}")
