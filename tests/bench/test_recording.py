import pathlib

from simulators.bench.recording import Recording
from simulators.playing.scenario import read_scenario


def test_what_hands_did_can_be_played(tmp_path: pathlib.Path) -> None:
    times = iter((10.0, 11.5, 11.52, 13.0, 14.0, 15.0, 16.25, 20.0))
    recording = Recording(lambda: next(times))
    recording.hand("scanner", "scanner", {"action": "scan", "data": "0012345"})
    recording.hand("scanner", "scanner", {"action": "scan", "data": "0012345", "symbology": "E0"})
    recording.hand("terminal", "payment_terminal", {"action": "tap", "card": "visa"})
    recording.hand("terminal", "payment_terminal", {"action": "walk_away"})
    recording.fault("printer", {"fault": "slow", "on": True})
    recording.hand("printer", "pos_printer", {"action": "paper_out"})
    recording.plug("network", plugged_in=False)
    recording.plug("mains", plugged_in=False)
    recording.plug("mains", plugged_in=True)
    file = tmp_path / "recorded.yaml"
    file.write_text(recording.yaml())
    steps = [(step.verb, step.argument, step.after) for step in read_scenario(file).steps]
    assert steps == [
        ("scan", "0012345", 0),
        ("scan", {"data": "0012345", "symbology": "E0"}, 1.5),
        ("tap", "visa", 0),
        ("walk_away", None, 1.48),
        ("fault", {"device": "printer", "name": "slow", "on": True}, 1.0),
        ("hand", {"device": "printer", "action": "paper_out"}, 1.0),
        ("cut_power", None, 1.25),
        ("restore_power", None, 3.75),
    ]
