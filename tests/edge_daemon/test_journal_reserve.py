import pathlib

from edge_daemon.journal.reserve import Reserve

SIZE = 65_536


def test_the_reserve_has_its_blocks(tmp_path: pathlib.Path) -> None:
    reserve = Reserve(tmp_path / "reserve", SIZE)
    assert reserve.whole
    assert (tmp_path / "reserve").stat().st_blocks * 512 >= SIZE


def test_the_reserve_is_given_up_once(tmp_path: pathlib.Path) -> None:
    reserve = Reserve(tmp_path / "reserve", SIZE)
    assert reserve.give_up()
    assert not (tmp_path / "reserve").exists()
    assert not reserve.give_up()
    assert not reserve.whole


def test_a_reserve_that_was_given_up_is_made_anew(tmp_path: pathlib.Path) -> None:
    reserve = Reserve(tmp_path / "reserve", SIZE)
    reserve.give_up()
    assert reserve.restore()
    assert (tmp_path / "reserve").stat().st_size == SIZE


def test_the_reserve_of_the_last_life_is_taken_over(tmp_path: pathlib.Path) -> None:
    Reserve(tmp_path / "reserve", SIZE)
    before = (tmp_path / "reserve").stat().st_ino
    assert Reserve(tmp_path / "reserve", SIZE).whole
    assert (tmp_path / "reserve").stat().st_ino == before


def test_half_a_reserve_is_none(tmp_path: pathlib.Path) -> None:
    (tmp_path / "reserve").write_bytes(bytes(SIZE // 2))
    assert Reserve(tmp_path / "reserve", SIZE).whole
    assert (tmp_path / "reserve").stat().st_size == SIZE


def test_no_reserve_is_made_where_there_is_no_room(tmp_path: pathlib.Path) -> None:
    reserve = Reserve(tmp_path / "reserve", 1 << 50)
    assert not reserve.whole
    assert not (tmp_path / "reserve").exists()


def test_a_directory_that_is_gone_is_no_error(tmp_path: pathlib.Path) -> None:
    assert not Reserve(tmp_path / "gone" / "reserve", SIZE).whole
