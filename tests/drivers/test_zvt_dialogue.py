import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.wire import WireError
from drivers.wire.zvt import requests, shapes
from drivers.wire.zvt.apdu import Apdu
from drivers.wire.zvt.dialogue import ENDS, TRANSITIONS, Dialogue, State, Word, word_of
from drivers.wire.zvt.messages import IntermediateStatus, StatusInformation

T3, T4 = 5.0, 180.0
ACK = requests.acknowledge()
RESULT = StatusInformation(result_code=0).apdu()


def started() -> Dialogue:
    dialogue = Dialogue(requests.authorization(100, "EUR"), t3=T3, t4=T4)
    dialogue.start(1000.0)
    return dialogue


def test_command_is_sent_and_awaits_its_acknowledgement_for_t3() -> None:
    dialogue = Dialogue(requests.status_enquiry(), t3=T3, t4=T4)
    assert dialogue.next_deadline() is None
    assert dialogue.start(1000.0) == bytes.fromhex("050100")
    assert (dialogue.state, dialogue.next_deadline()) == (State.SENT, 1005.0)


def test_t4_begins_with_the_acknowledgement() -> None:
    dialogue = started()
    assert dialogue.receive(ACK, 1001.0) is Word.ACKNOWLEDGED
    assert dialogue.next_deadline() == 1181.0


def test_status_and_result_restart_t4_and_receipts_do_not() -> None:
    dialogue = started()
    dialogue.receive(ACK, 1001.0)
    dialogue.receive(IntermediateStatus(0x0A).apdu(), 1100.0)
    assert dialogue.next_deadline() == 1280.0
    dialogue.receive(RESULT, 1200.0)
    assert dialogue.next_deadline() == 1380.0
    dialogue.receive(Apdu(shapes.PRINT_LINE, b"\0"), 1300.0)
    assert dialogue.next_deadline() == 1380.0


def test_status_may_carry_another_t4_in_minutes() -> None:
    dialogue = started()
    dialogue.receive(ACK, 1001.0)
    dialogue.receive(IntermediateStatus(0x17, 12).apdu(), 1010.0)
    assert dialogue.next_deadline() == 1010.0 + 720.0
    dialogue.receive(IntermediateStatus(0x17).apdu(), 1020.0)
    assert dialogue.next_deadline() == 1020.0 + 720.0


@pytest.mark.parametrize(
    ("control", "state"),
    [(shapes.COMPLETION, State.COMPLETED), (shapes.ABORT, State.ABORTED)],
)
def test_completion_and_abort_end_it(control: int, state: State) -> None:
    dialogue = started()
    dialogue.receive(ACK, 1001.0)
    dialogue.receive(Apdu(control, b"\x6c" if control == shapes.ABORT else b""), 1002.0)
    assert (dialogue.state, dialogue.ended, dialogue.next_deadline()) == (state, True, None)


def test_negative_acknowledgement_ends_it_before_it_began() -> None:
    dialogue = started()
    assert dialogue.receive(requests.refuse(0x9C), 1001.0) is Word.REFUSED
    assert dialogue.state is State.REFUSED


@pytest.mark.parametrize("data", ["800000", "840000", "80000806061f7303000001"])
def test_every_positive_acknowledgement_is_one(data: str) -> None:
    control = int(data[:4], 16)
    assert word_of(Apdu(control)) is Word.ACKNOWLEDGED


def test_result_before_the_acknowledgement_breaks_the_protocol() -> None:
    with pytest.raises(WireError, match="status information"):
        started().receive(RESULT, 1001.0)


def test_nothing_may_follow_the_end() -> None:
    dialogue = started()
    dialogue.receive(requests.refuse(0x83), 1001.0)
    with pytest.raises(WireError):
        dialogue.receive(RESULT, 1002.0)


def test_every_state_that_is_no_end_can_be_left() -> None:
    states = set(State) - ENDS - {State.READY}
    assert set(TRANSITIONS) == states
    assert all(set(row.values()) - {state} for state, row in TRANSITIONS.items())


MESSAGES = st.sampled_from(
    [
        ACK,
        requests.refuse(0x9C),
        IntermediateStatus(0x0A, 2).apdu(),
        RESULT,
        Apdu(shapes.PRINT_LINE, b"\0"),
        Apdu(shapes.COMPLETION),
        Apdu(shapes.ABORT, b"\x6c"),
        Apdu(shapes.INPUT_REQUEST),
    ]
)


@given(st.lists(MESSAGES, max_size=20))
def test_any_messages_move_it_by_the_table_or_are_refused(messages: list[Apdu]) -> None:
    dialogue = started()
    for now, message in enumerate(messages):
        before = dialogue.state
        try:
            word = dialogue.receive(message, float(now))
        except WireError:
            assert dialogue.state is before
            continue
        assert dialogue.state is TRANSITIONS[before][word]
        assert (dialogue.next_deadline() is None) is dialogue.ended
