"""A pytest plugin: a skipped test is a failed test, for a part that is missing must be seen."""

from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn every skip into a failure: a part that is missing must be seen."""
    report = yield
    if report.skipped:
        vars(report).pop("wasxfail", None)  # expected or not, it did not run to its end
        report.outcome, report.longrepr = "failed", f"Skipped, and no test may be: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn a skipped module into a failure too."""
    report = yield
    if report.skipped:
        report.outcome, report.longrepr = "failed", f"Skipped, and no test may be: {report.longrepr}"
    return report
