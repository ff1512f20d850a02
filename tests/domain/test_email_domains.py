import pytest

from booking.domain import email_domains
from booking.domain.entries import Entries


class TestListed:
    @pytest.mark.parametrize(
        "typed", ["Example.net, dev.example.org", "@example.net;dev.example.org.", " example.net  dev.example.org "]
    )
    def test_takes_domains_as_people_write_them(self, typed: str) -> None:
        assert email_domains.listed(typed) == ("example.net", "dev.example.org")

    def test_names_each_once(self) -> None:
        assert email_domains.listed("a.org, A.ORG,, @a.org") == ("a.org",)


class TestChecked:
    @pytest.mark.parametrize("typed", ["", "example.net", "bücher.example, dev.example.org"])
    def test_passes_domains(self, typed: str) -> None:
        entries = Entries()

        assert email_domains.checked(entries, "email_domains", typed) == typed
        assert entries.mistakes == {}

    @pytest.mark.parametrize("typed", ["localhost", "a b/c.org", "ex*mple.org", "-a.org", "a..org"])
    def test_names_what_is_none(self, typed: str) -> None:
        entries = Entries()

        email_domains.checked(entries, "email_domains", typed)

        assert "Not a domain" in entries.mistakes["email_domains"]

    def test_takes_a_hundred_at_most(self) -> None:
        entries = Entries()

        email_domains.checked(entries, "email_domains", ",".join(f"d{number}.org" for number in range(101)))

        assert "At most 100" in entries.mistakes["email_domains"]


class TestIsOwn:
    OWN = ("example.org", "bücher.example")

    @pytest.mark.parametrize(
        "address", ["a@example.org", "A@EXAMPLE.ORG", "a@bücher.example", "a@xn--bcher-kva.example"]
    )
    def test_says_yes_to_the_domains_themselves(self, address: str) -> None:
        assert email_domains.is_own(address, self.OWN)

    @pytest.mark.parametrize("address", ["a@dev.example.org", "a@notexample.org", "a@elsewhere.net", "nobody"])
    def test_says_no_to_others_and_to_those_below(self, address: str) -> None:
        assert not email_domains.is_own(address, self.OWN)

    def test_says_yes_where_no_domain_is_known(self) -> None:
        assert email_domains.is_own("a@elsewhere.net", ("",))
