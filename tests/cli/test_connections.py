"""`booking connection`: tried before it is kept, with a password that nobody sees."""

from pathlib import Path

import pytest

from booking.sandbox.exchange import ExchangeSandbox
from booking.store import queries
from tests.cli.house import ACCOUNT, EXCHANGE, PASSWORD, House, address

#: No lock is at stake here, so one database will do.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class TestAdd:
    def test_keeps_what_works_and_says_each_step(self, house: House) -> None:
        answer = house.adds("--location", "central")

        assert answer.exit_code == 0
        assert "ok         The account signs in" in answer.stdout
        assert answer.stdout.endswith("It works. Kept as City Exchange. Used from now on by Central Library.\n")
        (kept,) = house.tells("connection", "list")
        assert (kept["name"], kept["state"], kept["locations"]) == (EXCHANGE, "works", ["central"])

    def test_serves_several_locations(self, house: House) -> None:
        house.connected()

        assert {each["connection"] for each in house.tells("location", "list")} == {EXCHANGE}

    def test_stands_by_itself_until_a_location_uses_it(self, house: House) -> None:
        assert house.adds().exit_code == 0

        (kept,) = house.tells("connection", "list")
        assert kept["locations"] == []

    def test_keeps_nothing_when_the_password_is_wrong(self, house: House, tmp_path: Path) -> None:
        secret = tmp_path / "password"
        secret.write_text("not this one\n", encoding="utf-8")

        answer = house.adds("--location", "central", by=f"--password-file={secret}")

        assert answer.exit_code == 1
        assert "FAILED     The account signs in" in answer.stdout
        assert "Nothing was kept, because a step failed." in answer.stderr
        assert house.tells("connection", "list") == []
        assert house.sign_ins_refused() == 1

    def test_tells_programs_each_step(self, house: House) -> None:
        told = house.tells(
            "connection", "add", EXCHANGE, "--server", house.exchange.ews_url, "--username", ACCOUNT,
            "--email", ACCOUNT, "--password-env", "EXCHANGE_PASSWORD", "--location", "harbour",
        )  # fmt: skip

        assert (told["saved"], told["paused"], told["locations"]) == (True, False, ["harbour"])
        steps = {step["name"]: step["result"] for step in told["steps"]}
        assert (steps["resolve"], steps["sign_in"], steps["version"]) == ("ok", "ok", "ok")

    def test_keeps_it_paused_without_asking_the_server(self, house: House) -> None:
        answer = house.adds("--paused", "--location", "central")

        assert answer.exit_code == 0
        assert "paused and without a test" in answer.stdout
        assert house.exchange.requests() == []
        assert house.tells("connection", "list")[0]["state"] == "paused"

    def test_keeps_how_the_account_signs_in_and_reaches_the_rooms(self, house: House) -> None:
        house.adds("--paused", "--rights", "delegate", "--sign-in", "ntlm", "--exchange", "2013-sp1")

        (kept,) = house.tells("connection", "list")
        assert (kept["rights"], kept["sign_in"], kept["exchange"]) == ("delegate", "ntlm", "2013_SP1")

    def test_knows_the_versions(self, house: House) -> None:
        answer = house.adds("--paused", "--exchange", "2021")

        assert answer.exit_code == 1
        assert "--exchange: Choose 2007 SP1" in answer.stderr

    def test_refuses_a_name_twice(self, house: House) -> None:
        house.adds("--paused")

        answer = house.adds("--paused")

        assert (answer.exit_code, answer.stderr) == (1, "Error: NAME: Another connection has this name.\n")

    def test_takes_no_location_whose_spaces_are_paired_elsewhere(self, house: House) -> None:
        house.paired("lab")
        asked = len(house.exchange.requests())

        answer = house.runs(
            "connection", "add", "Another", "--server", house.exchange.ews_url, "--username", ACCOUNT,
            "--email", ACCOUNT, "--password-env", "EXCHANGE_PASSWORD", "--location", "central",
        )  # fmt: skip

        assert answer.exit_code == 1
        assert "--location: Disconnect this location's spaces first" in answer.stderr
        assert len(house.exchange.requests()) == asked
        assert len(house.tells("connection", "list")) == 1

    def test_names_the_locations_when_one_is_not_known(self, house: House) -> None:
        answer = house.adds("--location", "centrl")

        assert answer.exit_code == 2
        assert "There is no location 'centrl'. Known: central, harbour." in answer.stderr
        assert house.exchange.requests() == []

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("-----BEGIN PRIVATE KEY-----\nQUJD\n-----END PRIVATE KEY-----", "This holds a private key."),
            ("nothing of the kind", "This is not a certificate in PEM form."),
        ],
    )
    def test_takes_nothing_but_a_certificate_for_one(self, house: House, tmp_path: Path, text: str, words: str) -> None:
        file = tmp_path / "ca.pem"
        file.write_text(text, encoding="utf-8")

        answer = house.adds("--ca-file", str(file))

        assert answer.exit_code == 1
        assert f"--ca-file: {words}" in answer.stderr
        assert house.exchange.requests() == []


class TestThePassword:
    def test_comes_from_standard_input(self, house: House) -> None:
        answer = house.runs(
            "connection", "add", EXCHANGE, "--server", house.exchange.ews_url, "--username", ACCOUNT,
            "--email", ACCOUNT, "--password-stdin", typed=f"{PASSWORD}\n",
        )  # fmt: skip

        assert answer.exit_code == 0

    def test_comes_from_a_file(self, house: House, tmp_path: Path) -> None:
        secret = tmp_path / "password"
        secret.write_text(f"{PASSWORD}\n", encoding="utf-8")

        assert house.adds(by=f"--password-file={secret}").exit_code == 0

    def test_never_shows(self, house: House) -> None:
        answers = [
            house.adds(),
            house.runs("connection", "list", "--json"),
            house.runs("connection", "check", EXCHANGE),
        ]

        assert all(PASSWORD not in answer.output for answer in answers)

    def test_must_be_said_where_nobody_can_type_it(self, house: House) -> None:
        who = ["--server", house.exchange.ews_url, "--username", ACCOUNT, "--email", ACCOUNT]

        answer = house.runs("connection", "add", EXCHANGE, *who)

        assert answer.exit_code == 2
        assert "Say where the password is" in answer.stderr

    def test_is_said_once(self, house: House) -> None:
        answer = house.adds("--password-stdin")

        assert answer.exit_code == 2
        assert "Say once where the password is" in answer.stderr

    def test_is_missed_where_it_should_be(self, house: House) -> None:
        answer = house.adds(by="--password-env=NOBODY_SET_THIS")

        assert answer.exit_code == 2
        assert "There is no password in the variable NOBODY_SET_THIS." in answer.stderr


class TestCheck:
    def test_says_every_step(self, house: House) -> None:
        house.connected()

        told = house.tells("connection", "check", EXCHANGE, "--mailbox", address("lab"))

        assert told["works"]
        assert told["verdict"] == "successful_with_warnings"  # nobody publishes autodiscover for it
        assert [step["name"] for step in told["steps"]][-4:] == ["mailbox", "folder", "read", "write"]
        assert told["milliseconds"] < 30_000

    def test_finds_a_folder(self, house: House) -> None:
        house.connected()
        house.exchange.add_calendar(address("lab"), "Repairs")

        told = house.tells("connection", "check", EXCHANGE, "--mailbox", address("lab"), "--folder", "Repairs")

        assert {step["name"]: step["detail"] for step in told["steps"]}["folder"] == "Repairs."

    def test_fails_when_the_account_may_not_write_there(self, house: House) -> None:
        house.connected()
        house.exchange.grant(ACCOUNT, address("lab"), "none")

        answer = house.runs("connection", "check", EXCHANGE, "--mailbox", address("lab"))

        assert answer.exit_code == 1
        assert "FAILED" in answer.stdout
        assert "City Exchange does not work as it is." in answer.stderr

    def test_signs_in_once_with_a_wrong_password_however_often_it_is_run(self, house: House) -> None:
        house.connected()
        house.exchange.set_password(ACCOUNT, "changed")

        codes = [house.runs("connection", "check", EXCHANGE).exit_code for _ in range(3)]

        assert codes == [1, 1, 1]
        assert house.sign_ins_refused() == 1

    def test_names_the_connections_when_one_is_not_known(self, house: House) -> None:
        house.connected()

        answer = house.runs("connection", "check", "Exchang")

        assert answer.exit_code == 2
        assert "There is no connection 'Exchang'. Known: City Exchange." in answer.stderr


class TestList:
    def test_says_how_to_begin(self, house: House) -> None:
        answer = house.does("connection", "list")

        assert answer == "There is no connection yet. `booking connection add` makes one.\n"

    def test_says_why_one_does_not_work(self, house: House) -> None:
        house.paired("lab")
        house.exchange.set_password(ACCOUNT, "changed")
        house.runs("connection", "check", EXCHANGE)

        (row,) = house.tells("connection", "list")

        assert row["state"] == "sign_in_failed"
        assert "with this password" in row["problem"]
        assert row["problem"] in house.does("connection", "list")


class TestResume:
    def test_lets_a_paused_connection_work(self, house: House) -> None:
        house.adds("--paused", "--location", "central")

        answer = house.does("connection", "resume", EXCHANGE)

        assert answer == "City Exchange works again from now on. `booking connection check` tries it.\n"
        assert house.tells("connection", "list")[0]["state"] == "works"

    def test_stands_in_the_log_of_changes(self, house: House) -> None:
        house.adds("--paused")
        house.does("connection", "resume", EXCHANGE)

        with house.opened() as session:
            said = [(each.what, each.actor) for each in queries.audit.latest(session)]

        assert said[0] == ("connection.resumed", "the command line")


class TestPause:
    def test_stops_a_connection_until_it_is_resumed(self, house: House) -> None:
        house.connected()

        house.does("connection", "pause", EXCHANGE)

        assert house.tells("connection", "list")[0]["state"] == "paused"


class TestTheExchangeSide:
    def test_is_told_the_rights_in_lines_to_copy(self, house: House) -> None:
        house.connected()

        told = house.tells("connection", "rights", EXCHANGE)

        assert [each["right"] for each in told][:2] == ["impersonation_2013", "impersonation_2010"]
        assert f"-User '{ACCOUNT}'" in told[0]["text"]

    def test_is_told_what_microsofts_test_wants(self, house: House) -> None:
        house.connected()

        told = house.tells("connection", "analyzer", EXCHANGE, "--mailbox", address("lab"))

        assert told["fields"]["Target mailbox email address"] == address("lab")
        assert PASSWORD not in str(told)


class TestFind:
    def test_says_what_was_tried_when_nothing_is_found(self, house: House) -> None:
        answer = house.runs("connection", "find", "room@nowhere.invalid")

        assert answer.exit_code == 1
        assert answer.stderr.startswith("Error: ")
        assert "Traceback" not in answer.output

    def test_wants_an_address(self, house: House, exchange: ExchangeSandbox) -> None:
        answer = house.runs("connection", "find", "room")

        assert answer.exit_code == 1
        assert exchange.requests() == []
