import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import hatch_build
from tests.support.processes import TREE, clean_environment

SAMPLE = (
    '<svg xmlns="http://www.w3.org/2000/svg">'
    '<symbol class="bi" viewBox="0 0 16 16" id="alarm"><path d="M0 0"/></symbol>'
    '<symbol class="bi" viewBox="0 0 16 16" id="bell"><path d="M1 1"/></symbol>'
    '<symbol class="bi" viewBox="0 0 16 16" id="bell-fill"><path d="M2 2"/></symbol></svg>'
)


class TestTheSprite:
    def test_holds_only_the_icons_asked_for(self) -> None:
        cut = hatch_build.sprite(SAMPLE, ["bell"])

        assert cut.count("<symbol") == 1
        assert 'id="bell"><path d="M1 1"/></symbol>' in cut

    def test_is_not_made_with_an_icon_that_does_not_exist(self) -> None:
        with pytest.raises(ValueError, match="bell-slash"):
            hatch_build.sprite(SAMPLE, ["alarm", "bell-slash"])


class TestTheFrontEndFiles:
    def test_are_not_fetched_again_when_nothing_changed(self) -> None:
        vendor = TREE / "booking" / "static" / "vendor"

        assert hatch_build.fetch(TREE, vendor=vendor) is False

    def test_are_fetched_again_when_one_is_missing_and_then_are_the_same(self, tmp_path: Path) -> None:
        vendor = TREE / "booking" / "static" / "vendor"
        copy = tmp_path / "vendor"
        shutil.copytree(vendor, copy)
        (copy / "htmx.min.js").unlink()

        assert hatch_build.fetch(TREE, vendor=copy) is True

        assert {path.relative_to(copy): path.read_bytes() for path in copy.rglob("*.*") if path.is_file()} == {
            path.relative_to(vendor): path.read_bytes() for path in vendor.rglob("*.*") if path.is_file()
        }


class TestTheWheel:
    def test_carries_pages_styles_fetched_files_and_migrations(self, tmp_path: Path) -> None:
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
            cwd=TREE,
            env=clean_environment(),
            check=True,
            capture_output=True,
        )

        names = set(zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist())

        assert {f"booking/static/vendor/{name}" for name in [*hatch_build.FILES, hatch_build.SPRITE]} <= names
        assert {"booking/static/css/tokens.css", "booking/migrations/env.py"} <= names
        assert any(name.startswith("booking/templates/") for name in names)
        assert any(name.startswith("booking/migrations/versions/0001") for name in names)
        assert not any(name.startswith(("tests/", "instance/")) for name in names)


class TestTheIcons:
    def test_are_all_in_the_fetched_sprite(self) -> None:
        listed = json.loads((TREE / "package.json").read_text(encoding="utf-8"))["icons"]
        sprite = (TREE / "booking" / "static" / "vendor" / hatch_build.SPRITE).read_text(encoding="utf-8")

        assert all(f'id="{name}"' in sprite for name in listed)
