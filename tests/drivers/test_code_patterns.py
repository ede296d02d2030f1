"""The pattern language, by the examples of the trade and by whatever Hypothesis finds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.wire import WireError
from drivers.wire.code_patterns import CodePattern, PatternMatch

positions = st.sampled_from("0123456789._RX")
patterns = st.builds(
    lambda before, value, behind: before + value + behind,
    st.text(positions, min_size=1, max_size=8).filter(lambda text: text.strip("._")),
    st.sampled_from(["", "{NN}", "{NNNDD}", "{DDD}"]),
    st.text(positions, max_size=4),
)


def find(pattern: str, code: str) -> PatternMatch | None:
    return CodePattern.parse(pattern).match(code)


@pytest.mark.parametrize(
    ("pattern", "code", "item", "value", "zeroed", "rest"),
    [
        ("23.....{NNNDD}.", "2312345012340", "12345", 1234, "2312345000000", ""),
        ("21.....{NNDDD}.", "2112345012346", "12345", 1234, "2112345000006", ""),
        ("22{NN}.", "2215000000006", "0", 15, "2200000000006", "00000006"),
        ("041", "0410001730002", "", None, "0410001730002", "0001730002"),
        ("02.....{NNDD}_.", "0212345099871", "12345", 998, "0212345000001", ""),
        ("GC-", "GC-77A", "", None, "GC-77A", "77A"),
        ("20......{D}...", "201234567890", "12345689", 7, "201234560890", ""),
    ],
)
def test_pattern_finds(  # noqa: PLR0917 - a row of the table
    pattern: str, code: str, item: str, value: int | None, zeroed: str, rest: str
) -> None:
    match = find(pattern, code)
    assert match is not None
    assert match == PatternMatch(item, value, zeroed, rest)


@pytest.mark.parametrize(
    ("pattern", "code"),
    [
        ("23.....{NNNDD}.", "2212345012340"),
        ("23.....{NNNDD}.", "231234501234"),
        ("23.....{NNNDD}.", "23123450123400"),
        ("23.....{NNNDD}.", "23123450A2340"),
        ("23.....{NNNDD}.", "23١٢٣٤٥012340"),  # noqa: RUF001 - digits that are no ASCII
        ("041", "04"),
        ("GC-", "gc-77A"),
        ("41", ""),
    ],
)
def test_pattern_leaves_alone(pattern: str, code: str) -> None:
    assert find(pattern, code) is None


@pytest.mark.parametrize(
    "wrong",
    ["", "{NN}{NN}1", "1{}", "1{DN}", "1{NXD}", "1{NN", "1}NN{", "....", "_{NN}", "1" * 65,
     "1{" + "N" * 10 + "}"],
)  # fmt: skip
def test_what_is_no_pattern_is_told(wrong: str) -> None:
    with pytest.raises(WireError):
        CodePattern.parse(wrong)


@given(st.text(), st.text())
def test_no_text_raises_anything_else(pattern: str, code: str) -> None:
    try:
        parsed = CodePattern.parse(pattern)
    except WireError:
        return
    parsed.match(code)


@given(patterns, patterns, st.data())
def test_pattern_that_covers_another_matches_all_its_codes(
    one: str, other: str, data: st.DataObject
) -> None:
    wide, narrow = CodePattern.parse(one), CodePattern.parse(other)
    digits = st.sampled_from("0123456789")
    code = "".join(
        data.draw(digits) if in_value or kind in "._" else kind
        for kind, in_value in narrow.positions
    )
    assert narrow.match(code) is not None
    if wide.covers(narrow):
        assert wide.match(code) is not None
