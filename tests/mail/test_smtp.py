"""Handing messages to a mail server, or to a folder."""

import time
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from booking.mail import smtp
from booking.mail.smtp import Away, FolderPost, SmtpPost, TryLater, Undeliverable
from tests.mail.certificate import certificate
from tests.mail.post_office import PASSWORD, USERNAME, Manner, post_office
from tests.support import processes


def letter(message_id: str = "<booking.1@example.org>", to: str = "zoe@example.org") -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = "rooms@example.org", to, "Your booking"
    message["Date"], message["Message-ID"] = datetime(2026, 11, 20, 9, tzinfo=UTC), message_id
    message.set_content("Hello Zoë,\n.\nYour booking is confirmed.\n", cte="quoted-printable")
    return message


class TestSmtpPost:
    def test_hands_a_message_over_as_it_is(self) -> None:
        with post_office() as office:
            SmtpPost("127.0.0.1", office.port).send(letter())

        assert [each["Message-ID"] for each in office.arrived] == ["<booking.1@example.org>"]
        assert office.arrived[0].get_content().replace("\r\n", "\n") == "Hello Zoë,\n.\nYour booking is confirmed.\n"

    def test_encrypts_and_signs_in_where_the_settings_say_so(self, tmp_path: Path) -> None:
        trust = certificate(tmp_path)
        with post_office(certificate=trust) as office:
            post = SmtpPost("127.0.0.1", office.port, USERNAME, PASSWORD, starttls=True, tls=trust.client)

            post.send(letter())

        assert len(office.arrived) == 1

    def test_tries_later_after_a_refused_sign_in_and_does_not_show_the_password(self, tmp_path: Path) -> None:
        trust = certificate(tmp_path)
        with post_office(certificate=trust) as office:
            post = SmtpPost("127.0.0.1", office.port, USERNAME, "wrong battery", starttls=True, tls=trust.client)

            with pytest.raises(TryLater, match="refused the sign-in") as caught:
                post.send(letter())

        assert "wrong battery" not in str(caught.value) + repr(post)

    def test_sends_nothing_to_a_server_whose_certificate_nobody_vouches_for(self, tmp_path: Path) -> None:
        with post_office(certificate=certificate(tmp_path)) as office:
            post = SmtpPost("127.0.0.1", office.port, USERNAME, PASSWORD, starttls=True)

            with pytest.raises(TryLater, match="certificate"):
                post.send(letter())

        assert office.arrived == []

    def test_never_sends_in_the_clear_when_encryption_is_asked_for(self) -> None:
        with post_office() as office, pytest.raises(TryLater, match="lacks what the settings ask for"):
            SmtpPost("127.0.0.1", office.port, starttls=True).send(letter())

        assert office.arrived == []

    @pytest.mark.parametrize(
        ("manner", "kind", "words"),
        [
            (Manner.BUSY, TryLater, "451"),
            (Manner.REFUSES, Undeliverable, "550 5.1.1 nobody of that name"),
            (Manner.REFUSES_TEXT, Undeliverable, "554"),
            (Manner.DROPS, TryLater, "could not be reached"),
        ],
    )
    def test_tells_not_now_from_never(self, manner: Manner, kind: type[Exception], words: str) -> None:
        with post_office() as office:
            office.manner = manner

            with pytest.raises(kind, match=words):
                SmtpPost("127.0.0.1", office.port).send(letter())

    @pytest.mark.parametrize("manner", [Manner.REFUSES_SENDER, Manner.REFUSES_HELLO])
    def test_gives_no_message_up_to_a_server_that_refuses_us(self, manner: Manner) -> None:
        with post_office() as office:
            office.manner = manner

            with pytest.raises(Away, match="takes nothing from us: 5"):
                SmtpPost("127.0.0.1", office.port).send(letter())

    @pytest.mark.parametrize("manner", [Manner.HANGS, Manner.DRIPS])
    def test_waits_for_no_server_without_end(self, manner: Manner) -> None:
        with post_office() as office:
            office.manner = manner
            began = time.monotonic()

            with pytest.raises(TryLater):
                SmtpPost("127.0.0.1", office.port, leg=1, deadline=2).send(letter())

        assert time.monotonic() - began < 5

    def test_tries_later_when_nobody_listens(self) -> None:
        with pytest.raises(TryLater, match="could not be reached"):
            SmtpPost("127.0.0.1", processes.free_port()).send(letter())


class TestFolderPost:
    def test_keeps_each_message_in_a_file_that_only_its_owner_reads(self, tmp_path: Path) -> None:
        post = FolderPost(tmp_path / "mail")

        post.send(letter("<booking.1@example.org>"))
        post.send(letter("<booking.2@example.org>"))

        files = sorted((tmp_path / "mail").iterdir())
        assert [path.suffix for path in files] == [".eml", ".eml"]
        assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
        read = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in files]
        assert {each["Message-ID"] for each in read} == {"<booking.1@example.org>", "<booking.2@example.org>"}

    def test_keeps_a_message_once_however_often_it_is_handed_over(self, tmp_path: Path) -> None:
        post = FolderPost(tmp_path / "mail")

        post.send(letter())
        post.send(letter())

        assert len(list((tmp_path / "mail").iterdir())) == 1


class TestPost:
    def test_is_the_folder_without_a_mail_server(self, tmp_path: Path) -> None:
        assert smtp.post(tmp_path, host="") == FolderPost(tmp_path)

    def test_is_the_mail_server_of_the_settings(self, tmp_path: Path) -> None:
        post = smtp.post(tmp_path, host="mail.example.org", port=587, username="u", password="p", starttls=True)

        assert post == SmtpPost("mail.example.org", 587, username="u", password="p", starttls=True)
