from simulators.watching import Change, StateWatch


def test_change_is_told_once_it_has_settled() -> None:
    watch = StateWatch({"paper": ""})
    assert watch.look({"paper": "KO"}) == []
    assert watch.look({"paper": "KOFFIE"}) == []
    assert watch.look({"paper": "KOFFIE"}) == [Change("paper", "", "KOFFIE")]
    assert watch.look({"paper": "KOFFIE"}) == []


def test_what_goes_back_to_what_it_was_is_not_told() -> None:
    watch = StateWatch({"buffered": 0})
    assert watch.look({"buffered": 512}) == []
    assert watch.look({"buffered": 0}) == []
    assert watch.look({"buffered": 0}) == []


def test_new_field_is_told() -> None:
    watch = StateWatch({})
    assert watch.look({"drawer": None}) == []
    assert watch.look({"drawer": True}) == []
    assert watch.look({"drawer": True}) == [Change("drawer", None, after=True)]
