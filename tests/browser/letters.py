"""The mails that went out, as the folder without a mail server keeps them."""

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from tests.support import waiting


@dataclass(frozen=True)
class Letters:
    """The folder of a running demo."""

    folder: Path

    def to(self, address: str) -> list[EmailMessage]:
        """Return the mails to one address, in the order in which they were written."""
        return [each for each in self._all() if each["To"].addresses[0].addr_spec == address]

    def subjects(self, address: str) -> list[str]:
        return [str(each["Subject"]) for each in self.to(address)]

    def wait_for(self, address: str, ending: str, *, seconds: float = 60) -> EmailMessage:
        """Return the first mail to `address` whose subject ends like that, once it went out."""

        def look() -> EmailMessage | None:
            return next((each for each in self.to(address) if str(each["Subject"]).endswith(ending)), None)

        found = waiting.until(look, what=f"a mail “... {ending}” to {address}", seconds=seconds)
        assert found is not None
        return found

    def _all(self) -> Iterator[EmailMessage]:
        for path in sorted(self.folder.glob("*.eml"), key=lambda each: each.stat().st_mtime_ns):
            yield message_from_bytes(path.read_bytes(), policy=policy.default)
