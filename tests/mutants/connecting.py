"""Faults in how a calendar server is asked: how often, over which way, and what its answer is taken for."""

from tests.mutants.planting import Mutant

FAULTS = (
    Mutant(
        name="a wrong password is tried twice with NTLM",
        file="booking/connectors/ews/ntlm.py",
        old="        answer = self._handshake(r, way, kwargs)\n",
        new=(
            "        answer = self._handshake(r, way, kwargs)\n"
            "        if answer.status_code == HTTPStatus.UNAUTHORIZED:\n"
            "            answer = self._handshake(answer, way, kwargs)\n"
        ),
        tests=("tests/connectors/ews/test_ntlm.py::TestWrongPassword::test_is_judged_once[window]",),
    ),
    Mutant(
        name="a write without an answer is sent again in an older version",
        file="booking/connectors/ews/client.py",
        old="            except Definite as refusal:\n                if refusal.code not in versions.REFUSED or",
        new=(
            "            except ConnectorError as refusal:\n"
            "                definite = isinstance(refusal, Definite)\n"
            "                if (definite and refusal.code not in versions.REFUSED) or"
        ),
        tests=(
            "tests/connectors/ews/test_versions.py::TestDetection::test_leaves_a_write_ambiguous_that_broke_after_a_step",
        ),
    ),
    Mutant(
        name="one unknown mailbox spoils the free and busy times of all",
        file="booking/connectors/ews/connector.py",
        old="            if len(mailboxes) == 1:\n                return {mailboxes[0]: failure}\n",
        new="            if mailboxes:\n                return dict.fromkeys(mailboxes, failure)\n",
        tests=(
            (
                "tests/connectors/ews/test_odd.py::TestABatchThatFailsForOneMailbox"
                "::test_is_halved_until_the_others_are_read"
            ),
        ),
    ),
    Mutant(
        name="a busy stretch that cannot be read is left out",
        file="booking/connectors/ews/wire.py",
        old="tuple(map(_block, events))",
        new="tuple(_block(each) for each in events if each.find(_END) is not None)",
        tests=(
            (
                "tests/connectors/ews/test_mapping.py::TestWire"
                "::test_calls_a_view_unreadable_before_it_leaves_a_stretch_out"
            ),
        ),
    ),
    Mutant(
        name="what the server does not show is free",
        file="booking/connectors/ews/mapping.py",
        old="    if view.view not in VIEWS_WITH_BLOCKS:\n        return None\n",
        new="",
        tests=(
            "tests/connectors/ews/test_mapping.py::TestFreeBusy::test_is_unknown_and_not_free_when_the_view_lists_nothing",
        ),
    ),
    Mutant(
        name="an invitation is declined and nobody told",
        file="booking/connectors/ews/bodies.py",
        old='MessageDisposition="SendAndSaveCopy"',
        new='MessageDisposition="SaveOnly"',
        tests=(
            (
                "tests/connectors/ews/test_connector.py::TestEws"
                "::test_declines_an_invitation_and_tells_why[2016-basic-impersonation]"
            ),
        ),
    ),
    Mutant(
        name="a watch that the server forgot ends as if all were well",
        file="booking/connectors/ews/watching.py",
        old="            if broken:\n                raise\n",
        new="",
        tests=("tests/connectors/ews/test_watching.py::TestAWatch::test_says_so_when_the_server_has_forgotten_it",),
    ),
    Mutant(
        name="the deadline does not hold for what comes over TLS",
        file="booking/connectors/ews/transport.py",
        old="            door.guard(self)\n",
        new="",
        tests=("tests/connectors/ews/test_tls.py::TestDeadline::test_holds_for_an_answer_that_drips",),
    ),
    Mutant(
        name="through a proxy connections may lead to this machine",
        file="booking/connectors/ews/transport.py",
        old="        self.addresses(host, port)\n",
        new="",
        tests=("tests/connectors/ews/test_proxy.py::TestRefusals::test_of_local_hosts_hold_here_too[127.0.0.1]",),
    ),
)
