"""What keys type: layouts beside those of libxkbcommon, and the habits of scanners."""

import ctypes
import ctypes.util

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.wire.hid import Keys, Typist, layout, layouts
from drivers.wire.hid.layouts import key

CTRL, SHIFT, ALT, ALT_GR = 0x01, 0x02, 0x04, 0x40
CAPS_LOCK = 0x39
PLACES = [
    *(f"E{number:02}" for number in range(13)),
    *(f"D{number:02}" for number in range(1, 13)),
    *(f"C{number:02}" for number in range(1, 13)),
    *(f"B{number:02}" for number in range(11)),
]
EVDEV = {"E00": 41, "C12": 43, "B00": 86}
EVDEV |= {f"E{number:02}": number + 1 for number in range(1, 13)}
EVDEV |= {f"D{number:02}": number + 15 for number in range(1, 13)}
EVDEV |= {f"C{number:02}": number + 29 for number in range(1, 12)}
EVDEV |= {f"B{number:02}": number + 43 for number in range(1, 11)}
XKB_NAMES = {"uk": "gb"}
OTHER_THAN_XKB = {  # Windows has these keys otherwise than X11
    ("us", "B00", False), ("us", "B00", True), ("fr", "E00", True), ("be", "E00", True),
    ("fr", "B10", True), ("fr", "C12", True),
}  # fmt: skip


class Xkb:
    """The layouts that X11 and Wayland have, by libxkbcommon."""

    def __init__(self, name: str) -> None:
        found = ctypes.util.find_library("xkbcommon")
        assert found, "chromium, which script/setup test installs, brings libxkbcommon"
        self._library = ctypes.CDLL(found)
        for function in ("context_new", "keymap_new_from_string", "keymap_new_from_names"):
            getattr(self._library, f"xkb_{function}").restype = ctypes.c_void_p
        self._library.xkb_state_new.restype = ctypes.c_void_p
        names = (ctypes.c_char_p * 5)(b"evdev", b"pc105", name.encode(), b"", b"")
        self._context = ctypes.c_void_p(self._library.xkb_context_new(0))
        self._keymap = ctypes.c_void_p(
            self._library.xkb_keymap_new_from_names(self._context, ctypes.byref(names), 0)
        )
        assert self._keymap.value

    def character(self, place: str, *, shift: bool) -> str:
        state = ctypes.c_void_p(self._library.xkb_state_new(self._keymap))
        self._library.xkb_state_update_mask(state, int(shift), 0, 0, 0, 0, 0)
        text = ctypes.create_string_buffer(16)
        self._library.xkb_state_key_get_utf8(state, EVDEV[place] + 8, text, 16)
        self._library.xkb_state_unref(state)
        return text.value.decode()


@pytest.mark.parametrize("name", layouts())
def test_layout_is_that_of_the_country(name: str) -> None:
    xkb, ours = Xkb(XKB_NAMES.get(name, name)), layout(name)
    for place in PLACES:
        for shift in (False, True):
            expected = xkb.character(place, shift=shift)
            found = ours.character(key(place), shift=shift)
            if expected and (name, place, shift) not in OTHER_THAN_XKB:
                assert found == expected, (place, shift)
            elif not expected and found:
                assert found in ours.dead, (place, shift)


def test_there_is_a_layout_for_each_country() -> None:
    assert layouts() == ["be", "de", "fr", "nl", "uk", "us"]
    with pytest.raises(KeyError):
        layout("klingon")


def typed(name: str, *strokes: tuple[int, str | int], caps_lock: bool = False) -> str:
    """What a scanner's strokes type: modifiers, and a key by its place or usage."""
    typist = Typist(layout(name), caps_lock=caps_lock)
    text = ""
    for modifiers, what in strokes:
        usage = key(what) if isinstance(what, str) else what
        text += typist.type(Keys(modifiers, (usage,)))
        text += typist.type(Keys(0, ()))
    return text


def digits(code: str) -> list[tuple[int, int]]:
    return [(ALT, 0x62 if digit == "0" else 0x58 + int(digit)) for digit in code]


@pytest.mark.parametrize(
    ("name", "place"), [("us", "D12"), ("be", "D12"), ("nl", "E12"), ("nl", "D12"), ("de", "D12")]
)
def test_ctrl_and_the_closing_bracket_is_gs(name: str, place: str) -> None:
    assert typed(name, (CTRL, place)) == "\x1d"


def test_ctrl_and_a_letter_is_its_control_character() -> None:
    assert typed("us", (CTRL, "B03"), (CTRL, "C01")) == "\x03\x01"
    assert typed("be", (CTRL, "D01")) == "\x01"
    assert typed("de", (CTRL, "E11")) == ""  # a letter whose capital is two


@pytest.mark.parametrize(
    ("code", "character"),
    [
        ("029", "\x1d"),
        ("29", "\x1d"),
        ("0233", "\u00e9"),
        ("130", "\u00e9"),
        ("0128", "\u20ac"),
        ("065", "A"),
    ],
)
def test_alt_code_is_typed_when_alt_is_let_go(code: str, character: str) -> None:
    typist = Typist(layout("us"))
    for modifiers, usage in digits(code):
        assert typist.type(Keys(modifiers, (usage,))) == ""
        assert typist.type(Keys(modifiers, ())) == ""
    assert typist.type(Keys(0, ())) == character


def test_alt_without_digits_types_nothing() -> None:
    typist = Typist(layout("us"))
    assert typist.type(Keys(ALT, ())) + typist.type(Keys(0, ())) == ""


def test_alt_gr_is_also_ctrl_and_alt() -> None:
    assert typed("de", (ALT_GR, "D01"), (CTRL | ALT, "D01")) == "@@"


def test_accent_waits_for_its_letter() -> None:
    acute, circumflex = (0, "E12"), (0, "E00")
    assert typed("de", acute, (0, "D03")) == "\u00e9"
    assert typed("de", circumflex, (0, 0x2C)) == "^"
    assert typed("de", circumflex, (0, "B02")) == "^x"
    assert typed("de", circumflex, (SHIFT, "C01")) == "\u00c2"
    assert typed("be", (ALT_GR, "E06"), (0, "D03")) == "^e"


def test_caps_lock_turns_letters_and_what_else_the_country_has() -> None:
    assert typed("us", (0, CAPS_LOCK), (0, "C01"), (SHIFT, "C01"), (0, "E01")) == "Aa1"
    assert typed("fr", (0, "E01"), caps_lock=True) == "1"
    assert typed("fr", (SHIFT, "E01"), caps_lock=True) == "&"
    assert typed("us", (0, CAPS_LOCK), (0, CAPS_LOCK), (0, "C01")) == "a"


def test_keypad_types_digits() -> None:
    assert typed("fr", (0, 0x59), (0, 0x62), (0, 0x58)) == "10\r"


def test_key_that_was_set_aside_for_it_is_gs() -> None:
    typist = Typist(layout("us"), separators=[0x41])
    assert typist.type(Keys(0, (0x41,))) == "\x1d"
    assert Typist(layout("us")).type(Keys(0, (0x41,))) == ""


def test_key_that_stays_down_is_typed_once() -> None:
    typist = Typist(layout("us"))
    seven, one = key("E07"), key("E01")
    assert typist.type(Keys(0, (seven,))) == "7"
    assert typist.type(Keys(0, (seven, one))) == "1"
    assert typist.type(Keys(0, (one,))) == ""
    assert typist.type(Keys(0, (seven,))) == "7"


def test_what_is_unfinished_can_be_dropped() -> None:
    typist = Typist(layout("de"))
    typist.type(Keys(0, (key("E00"),)))
    typist.type(Keys(ALT, (0x59,)))
    assert typist.unfinished
    typist.forget()
    assert not typist.unfinished
    assert typist.type(Keys(0, ())) == ""
    assert typist.type(Keys(0, (key("C01"),))) == "a"


@pytest.mark.parametrize("name", layouts())
def test_every_key_types_something_or_nothing_with_whatever_is_held(name: str) -> None:
    for modifiers in range(256):
        typist = Typist(layout(name))
        for usage in range(0x04, 0xE0):
            assert len(typist.type(Keys(modifiers, (usage,)))) <= 2


@given(
    st.sampled_from(layouts()),
    st.lists(
        st.builds(
            Keys, st.integers(0, 255), st.lists(st.integers(0, 0xFFFF), max_size=6).map(tuple)
        ),
        max_size=12,
    ),
)
def test_no_keys_raise(name: str, keys: list[Keys]) -> None:
    typist = Typist(layout(name))
    assert all(isinstance(typist.type(each), str) for each in keys)
