"""Where the fixtures are, and that no test may be skipped. What a fixture gives stands in its module's docstrings."""

import pytest

for folder in ("browser", "cli", "connectors", "interop", "mail", "sandbox", "screenshots", "support", "sync", "web"):
    pytest.register_assert_rewrite(f"tests.{folder}")

pytest_plugins = [
    "tests.support.no_skips",
    "tests.support.parts",
    "tests.support.application",
    "tests.support.demo",
]
