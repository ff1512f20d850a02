"""Settings: read once, every mistake told at once, secrets made once."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from booking import config
from booking.config import SettingsError
from booking.http.security import Attempts


def write(instance: Path, text: str) -> None:
    (instance / "booking.toml").write_text(text, encoding="utf-8")


class TestLoad:
    def test_needs_nothing_to_start_with(self, tmp_path: Path) -> None:
        settings = config.load(tmp_path, {})

        assert settings.database_url == f"sqlite:///{tmp_path.resolve() / 'booking.sqlite'}"

    def test_reads_the_file_and_lets_the_environment_win(self, tmp_path: Path) -> None:
        write(tmp_path, 'library_name = "Wexcombe Libraries"\nsmtp_port = 587\n')

        settings = config.load(tmp_path, {"BOOKING_SMTP_PORT": "2525", "HOME": "ignored"})

        assert (settings.library_name, settings.smtp_port) == ("Wexcombe Libraries", 2525)

    def test_takes_a_whole_number_where_a_number_is_asked_for(self, tmp_path: Path) -> None:
        write(tmp_path, "sync_wait = 2\n")

        assert config.load(tmp_path, {}).sync_wait == 2.0

    def test_lists_every_mistake_at_once_with_its_place(self, tmp_path: Path) -> None:
        write(tmp_path, 'library_name = 3\nlibary = "x"\nsmtp_port = -1\n')

        with pytest.raises(SettingsError) as caught:
            config.load(tmp_path, {"BOOKING_SYNC_WAIT": "soon", "BOOKING_NONSENSE": "1"})

        found = "\n".join(caught.value.mistakes)
        assert len(caught.value.mistakes) == 5
        assert "line 1: library_name must be text" in found
        assert "line 2: there is no setting 'libary'" in found
        assert "line 3: smtp_port must not be negative" in found
        assert "BOOKING_SYNC_WAIT: expected a number" in found
        assert "BOOKING_NONSENSE" in found

    def test_leaves_passwords_to_the_files_that_name_them_and_still_notices_a_setting_misspelt(
        self, tmp_path: Path
    ) -> None:
        config.load(tmp_path, {"BOOKING_EXCHANGE_PASSWORD": "of a connection, for `booking apply`"})

        with pytest.raises(SettingsError, match="BOOKING_SMPT_PASSWORD"):
            config.load(tmp_path, {"BOOKING_SMPT_PASSWORD": "x"})

    def test_names_the_line_of_a_file_that_is_no_toml(self, tmp_path: Path) -> None:
        write(tmp_path, 'library_name = "A"\nsmtp_host = mail\n')

        with pytest.raises(SettingsError, match=r"booking\.toml: .*line 2"):
            config.load(tmp_path, {})

    def test_does_not_let_a_setting_overwrite_what_is_generated(self, tmp_path: Path) -> None:
        write(tmp_path, 'session_key = "guessable"\n')

        with pytest.raises(SettingsError, match="no setting 'session_key'"):
            config.load(tmp_path, {})

    @pytest.mark.parametrize(
        ("line", "words"),
        [
            ("near_every = inf", "from 1 to a million seconds"),
            ("far_every = 0", "from 1 to a million seconds"),
            ("call_deadline = nan", "at most a million"),
            ("claim_time = 1e300", "at most a million"),
            ("trusted_proxies = 99999999999999999999", "at most a million"),
            ("smtp_port = 65536", "from 1 to 65535"),
            ('sign_in_attempts = "often"', 'like "10 per 5 minutes"'),
            ('base_url = "rooms.example.org"', "an address like"),
            ('base_url = "https://[rooms"', "an address like"),
            ('log_format = "xml"', '"text" or "json"'),
            ('log_level = "loud"', '"warning", "info" or "debug"'),
            ('alert_mail = "somebody"', "an e-mail address"),
            ('metrics_token = "guess"', "at least 16 letters"),
            ('mail_from = "rooms@example.org\\nBcc: all@example.org"', "an e-mail address"),
        ],
    )
    def test_refuses_what_cannot_work_with_line_and_reason(self, tmp_path: Path, line: str, words: str) -> None:
        write(tmp_path, f'library_name = "A"\n{line}\n')

        with pytest.raises(SettingsError, match=f"line 2: {line.split(maxsplit=1)[0]} must be {words}"):
            config.load(tmp_path, {})

    @pytest.mark.parametrize("limit", ["10 per 5 minutes", "1 per second", "100 per 1 hour"])
    def test_takes_limits_that_can_be_kept(self, tmp_path: Path, limit: str) -> None:
        settings = config.load(tmp_path, {"BOOKING_SIGN_IN_ATTEMPTS": limit})

        assert not Attempts(settings.sign_in_attempts).enough(address="192.0.2.1", login="ada")

    def test_names_the_line_that_is_not_utf_8(self, tmp_path: Path) -> None:
        (tmp_path / "booking.toml").write_bytes(b'smtp_host = "mail"\nlibrary_name = "B\xfccher"\n')

        with pytest.raises(SettingsError, match=r"booking\.toml, line 2: this is not UTF-8"):
            config.load(tmp_path, {})

    def test_says_that_a_folder_is_no_settings_file(self, tmp_path: Path) -> None:
        (tmp_path / "booking.toml").mkdir()

        with pytest.raises(SettingsError, match=r"booking\.toml: this is a folder"):
            config.load(tmp_path, {})


class TestSecrets:
    def test_stay_the_same_from_start_to_start(self, tmp_path: Path) -> None:
        first = config.load(tmp_path, {})

        second = config.load(tmp_path, {})

        assert first.session_key == second.session_key
        assert first.encryption_keys == second.encryption_keys
        assert first.key_fingerprints == second.key_fingerprints

    def test_are_for_their_owner_only(self, tmp_path: Path) -> None:
        config.load(tmp_path, {})

        for name in ("session.key", "encryption.keys"):
            assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600

    def test_are_made_once_by_eight_starters_at_a_time(self, tmp_path: Path) -> None:
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _: config.load(tmp_path, {}).key_fingerprints, range(8)))

        assert len(set(found)) == 1

    @pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 60])
    @pytest.mark.parametrize("name", ["session.key", "encryption.keys"])
    def test_that_are_broken_are_named_and_never_shown(self, tmp_path: Path, name: str, content: bytes) -> None:
        (tmp_path / name).write_bytes(content)

        with pytest.raises(SettingsError, match=f"{name}: holds no key of ours") as caught:
            config.load(tmp_path, {})

        assert "short" not in str(caught.value)

    def test_never_show_in_a_repr(self, tmp_path: Path) -> None:
        settings = config.load(tmp_path, {"BOOKING_SMTP_PASSWORD": "hunter2"})

        shown = repr(settings)

        assert "hunter2" not in shown
        assert settings.session_key not in shown
        assert settings.encryption_keys[0] not in shown
