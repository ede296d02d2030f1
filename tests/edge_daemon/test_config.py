import datetime as dt
import hashlib
import pathlib
import re
import sys
import textwrap
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import drivers.pos_printer
from drivers.scanner.serial import Settings as SerialSettings
from drivers.settings import FAMILIES
from edge_daemon.config import Configuration, load_configuration, read_credential
from edge_daemon.config.loading import _read_parts
from edge_daemon.errors import ConfigError, NotFoundError

SOUND = """
[edge]
id = "edge-0041"
organization = "org-1"
store = "8712345678906"
state_directory = "/var/lib/edge-daemon"

[api]
token = "0123456789abcdef"

[shop]
name = "De Boekenhoek"
address = ["Dorpsstraat 1", "1234 AB Ons Dorp"]
cash_rounding = 5

[[tax_code]]
code = "high"
rate_bp = 2100
description = "21%"

[[workstation]]
name = "till-1"
scanner = "scanner"

[[scanner]]
name = "scanner"
driver = "serial"
url = "/dev/serial/by-id/scanner"
"""

EXAMPLE = pathlib.Path(__file__).parents[2] / "systemd" / "edge-daemon.toml"

PRINTER_THAT_NEEDS_A_PRINTER = """
from drivers.settings import DeviceSettings, PosPrinterName

class Settings(DeviceSettings, frozen=True, kw_only=True):
    beside: PosPrinterName | None = None

async def open_device(name, settings, devices):
    raise NotImplementedError
"""


def load(tmp_path: pathlib.Path, text: str) -> Configuration:
    path = tmp_path / "edge-daemon.toml"
    path.write_text(textwrap.dedent(text))
    return load_configuration(path)


def mistakes(tmp_path: pathlib.Path, text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    return caught.value.mistakes


def changed(old: str, new: str) -> str:
    assert SOUND.count(old) == 1
    return SOUND.replace(old, new)


@pytest.fixture
def odd_driver(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    folder = tmp_path / "more_drivers"
    folder.mkdir()
    (folder / "odd.py").write_text(PRINTER_THAT_NEEDS_A_PRINTER)
    (folder / "lacking.py").write_text("import a_library_that_nobody_has\n")
    (folder / "part_of_a_driver.py").write_text("class Settings: pass\n")
    monkeypatch.setattr(
        drivers.pos_printer, "__path__", [*drivers.pos_printer.__path__, str(folder)]
    )
    yield
    sys.modules.pop("drivers.pos_printer.odd", None)


def test_a_sound_file_becomes_values(tmp_path: pathlib.Path) -> None:
    configuration = load(tmp_path, SOUND)
    assert configuration.edge.id == "edge-0041"
    assert configuration.state_directory == pathlib.Path("/var/lib/edge-daemon")
    assert configuration.api.read_token() == "0123456789abcdef"
    assert configuration.shop.address == ("Dorpsstraat 1", "1234 AB Ons Dorp")
    assert configuration.shop.cash_rounding == 5
    assert configuration.shop.day_starts_min == 0
    assert configuration.devices[0].settings == SerialSettings(url="/dev/serial/by-id/scanner")
    assert configuration.workstation("till-1").scanner == "scanner"
    assert configuration.device("scanner", "scanner") == configuration.devices[0]
    assert configuration.hash == hashlib.sha256(SOUND.encode()).hexdigest()


@pytest.mark.parametrize("uncomment", [False, True])
def test_the_example_is_sound_with_and_without_what_it_comments_out(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, *, uncomment: bool
) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    text = EXAMPLE.read_text()
    if uncomment:
        text = re.sub(r"(?m)^#(?! )(?=.)", "", text)
    configuration = load(tmp_path, text)
    assert {device.family for device in configuration.devices} >= {
        "pos_printer",
        "cash_drawer",
        "payment_terminal",
        "scanner",
    }
    credential = "api-token" if uncomment else None
    assert (configuration.api.token, configuration.api.token_credential) == (None, credential)


TABLES = ["edge", "api", "shop", "relay", "tax_code", "workstation", *FAMILIES]
FIELDS = ["name", "driver", "code", "url", "printer", "tls", "time_zone", "token_credential", "nme"]
KEYS = st.sampled_from([*TABLES, *FIELDS])
LEAVES = st.one_of(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    st.sampled_from(["serial", "escpos", "printer_port", "zvt", "scanner", "drawer"]),
    st.dates() | st.times() | st.datetimes(),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=30,
)


@settings(suppress_health_check=[HealthCheck.too_slow])  # on a busy machine it is not the data
@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_whatever_stands_in_the_file_becomes_mistakes_and_nothing_else(raw: dict[str, Any]) -> None:
    mistakes: list[str] = []
    _read_parts(raw, mistakes)
    assert all(isinstance(mistake, str) and ":" in mistake for mistake in mistakes)


def test_the_token_is_not_shown(tmp_path: pathlib.Path) -> None:
    assert "0123456789abcdef" not in repr(load(tmp_path, SOUND))


def test_all_mistakes_are_reported_at_once(tmp_path: pathlib.Path) -> None:
    text = """
    [edge]
    id = "edge/1"
    organisation = "org-1"
    store = 8712345678906
    time_zone = "Europe/Amsterdm"

    [api]
    prt = 1
    host = "0.0.0.0"
    token = "0123456789abcdef"
    token_credential = "api-token"

    [[tax_code]]
    code = "high"
    rate_bp = 21.0
    description = "21%"

    [workstation]
    name = "till-1"

    [[scaner]]

    [[scanner]]
    name = "scanner"
    driver = "serial"
    url = "/dev/x"
    baudrate = "9600"
    parity = "evn"
    gap = 0
    """
    name = "a name of 1 to 64 letters, digits, - and _"
    assert sorted(mistakes(tmp_path, text)) == sorted(
        [
            f'edge.id: expected {name}, not "edge/1".',
            'edge.organisation: there is no such key. Did you mean "organization"?',
            f"edge.organization: missing. Expected {name}.",
            f"edge.store: expected {name}, not 8712345678906.",
            (
                'edge.time_zone: there is no time zone "Europe/Amsterdm". '
                'Did you mean "Europe/Amsterdam"?'
            ),
            'api.prt: there is no such key. Did you mean "port"?',
            (
                "api.host: expected a loopback address (127.0.0.1, ::1 or localhost), not "
                '"0.0.0.0": this door speaks plain HTTP. For registers on the network '
                "add [api.tls]."
            ),
            "api: expected token or token_credential, and not both.",
            "shop: missing. Expected a table [shop].",
            "tax_code.high.rate_bp: expected a whole number from 0 to 10000, not 21.0.",
            "workstation: expected a list of tables. Write [[workstation]].",
            'scaner: there is no such table. Did you mean "scanner"?',
            'scanner.scanner.baudrate: expected a whole number from 50 to 4000000, not "9600".',
            (
                'scanner.scanner.parity: expected one of "even", "none", "odd", not "evn". '
                'Did you mean "even"?'
            ),
            "scanner.scanner.gap: expected a number above 0 and at most 3600, not 0.",
        ]
    )


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ('"/var/lib/edge-daemon"', '"state"', "edge.state_directory: expected an absolute path"),
        ('"0123456789abcdef"', '"short and secret"', "api.token: expected a token of 16 to 256"),
        ("cash_rounding = 5", "cash_rounding = 7", "shop.cash_rounding: expected one of 0, 5, 10"),
        ('["Dorpsstraat 1", "1234 AB Ons Dorp"]', '"a"', "shop.address: expected a list, each of"),
        ('"1234 AB Ons Dorp"', "3", "shop.address[1]: expected text that is not empty, not 3."),
        ("cash_rounding = 5", 'day_starts_at = "24:00"', "shop.day_starts_at: expected a time"),
        ("cash_rounding = 5", 'country = "nl"', "shop.country: expected a country code such as NL"),
        ("cash_rounding = 5", 'kvk_number = "1"', "shop.kvk_number: expected a KvK number of 8"),
        ('scanner = "scanner"', 'scaner = "s"', "workstation.till-1.scaner: there is no such key."),
        (
            'scanner = "scanner"',
            'scanner = "scaner"',
            ('workstation.till-1.scanner: There is no scanner "scaner". Did you mean "scanner"? '
            'Configured: "scanner".'),
        ),
        (
            'scanner = "scanner"',
            'pos_printer = "scanner"',
            'workstation.till-1.pos_printer: "scanner" is a scanner. Expected a pos_printer.',
        ),
        (
            'driver = "serial"',
            'driver = "seral"',
            ('scanner.scanner.driver: there is no scanner driver "seral". Did you mean "serial"? '
            'Known: "hid_keyboard", "hid_pos", "serial"'),
        ),
        ('driver = "serial"', "", "scanner.scanner.driver: missing. Expected text"),
        ('driver = "serial"', 'driver = "./serial"', "scanner.scanner.driver: there is no scanner"),
        ('name = "scanner"\n', "", "scanner[0].name: missing. Expected a name"),
        (
            'url = "/dev/serial',
            'encoding = "utf-9"\nurl = "/dev/serial',
            "scanner.scanner: encoding 'utf-9' does not fit",
        ),
        (
            "[[scanner]]",
            '[[card_reader]]\nname = "r"\ndriver = "x"\n[[scanner]]',
            'Known: "nfcpy", "pcsc".',
        ),
    ],
)  # fmt: skip
def test_a_mistake_says_where_it_is_and_what_would_be_right(
    tmp_path: pathlib.Path, old: str, new: str, mistake: str
) -> None:
    found = mistakes(tmp_path, changed(old, new))
    assert [line for line in found if mistake in line], found
    assert "short and secret" not in "".join(found)


def test_names_are_unique_over_all_devices(tmp_path: pathlib.Path) -> None:
    twice = SOUND + '\n[[scanner]]\nname = "scanner"\ndriver = "serial"\nurl = "/dev/other"\n'
    assert mistakes(tmp_path, twice) == (
        'scanner[0], scanner[1]: 2 devices are called "scanner". Give each a name of its own.',
    )


def test_a_rate_that_changes_is_two_tables_that_do_not_overlap(tmp_path: pathlib.Path) -> None:
    low = '\n[[tax_code]]\ncode = "low"\nrate_bp = {}\ndescription = "{}"\n{} = {}\n'
    both = low.format(600, "6%", "valid_to", "2018-12-31") + low.format(
        900, "9%", "valid_from", "2019-01-01"
    )
    configuration = load(tmp_path, SOUND + both)
    rates = [
        tax_code.rate_bp
        for day in (dt.date(2018, 12, 31), dt.date(2019, 1, 1))
        if (tax_code := configuration.tax_code("low", day))
    ]
    assert rates == [600, 900]
    assert configuration.tax_code("middle", dt.date(2019, 1, 1)) is None
    (mistake,) = mistakes(tmp_path, SOUND + both.replace("2019-01-01", "2018-12-31"))
    assert mistake.startswith("tax_code.low: two rates (6%, 9%) apply on the same day.")


def test_a_day_may_begin_after_midnight(tmp_path: pathlib.Path) -> None:
    text = changed("cash_rounding = 5", 'day_starts_at = "04:30"')
    assert load(tmp_path, text).shop.day_starts_min == 270


@pytest.mark.usefixtures("odd_driver")
def test_devices_that_need_each_other_are_a_mistake(
    tmp_path: pathlib.Path,
) -> None:
    circle = "".join(
        f'\n[[pos_printer]]\nname = "{name}"\ndriver = "odd"\nbeside = "{beside}"\n'
        for name, beside in (("a", "b"), ("b", "c"), ("c", "a"))
    )
    (mistake,) = mistakes(tmp_path, SOUND + circle)
    assert "None of them can be opened." in mistake
    assert mistake.count(" needs ") == 3


@pytest.mark.usefixtures("odd_driver")
def test_devices_come_in_the_order_in_which_they_can_be_opened(
    tmp_path: pathlib.Path,
) -> None:
    chain = "".join(
        f'\n[[pos_printer]]\nname = "{name}"\ndriver = "odd"\n{beside}\n'
        for name, beside in (("a", 'beside = "b"'), ("b", 'beside = "c"'), ("c", ""))
    )
    devices = load(tmp_path, SOUND + chain).devices
    order = [device.name for device in devices if device.family == "pos_printer"]
    assert order == ["c", "b", "a"]
    assert next(device for device in devices if device.name == "a").depends_on == ("b",)


@pytest.mark.usefixtures("odd_driver")
def test_a_device_that_needs_an_unknown_one_is_a_mistake(
    tmp_path: pathlib.Path,
) -> None:
    lonely = '\n[[pos_printer]]\nname = "a"\ndriver = "odd"\nbeside = "scanner"\n'
    assert mistakes(tmp_path, SOUND + lonely) == (
        'pos_printer.a.beside: "scanner" is a scanner. Expected a pos_printer.',
    )


@pytest.mark.usefixtures("odd_driver")
def test_a_driver_whose_library_is_missing_says_which(
    tmp_path: pathlib.Path,
) -> None:
    (mistake,) = mistakes(tmp_path, SOUND + '\n[[pos_printer]]\nname = "a"\ndriver = "lacking"\n')
    assert "needs a library that is not installed" in mistake
    assert "a_library_that_nobody_has" in mistake


@pytest.mark.usefixtures("odd_driver")
def test_an_unknown_driver_lists_those_that_exist_without_importing_them(
    tmp_path: pathlib.Path,
) -> None:
    (mistake,) = mistakes(
        tmp_path, SOUND + '\n[[pos_printer]]\nname = "a"\ndriver = "part_of_a_driver"\n'
    )
    assert '"escpos", "odd"' in mistake
    assert "drivers.pos_printer.odd" not in sys.modules


def test_a_file_that_is_not_there_and_one_that_is_no_toml_are_one_mistake_each(
    tmp_path: pathlib.Path,
) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load_configuration(tmp_path / "nowhere.toml")
    (mistake,) = mistakes(tmp_path, "[edge\n")
    assert "is not TOML" in mistake
    assert "line 1" in mistake


def test_the_token_comes_from_its_credential(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = changed('token = "0123456789abcdef"', 'token_credential = "api-token"')
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    configuration = load(tmp_path, text)
    with pytest.raises(ConfigError, match="CREDENTIALS_DIRECTORY is not set"):
        configuration.api.read_token()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert mistakes(tmp_path, text)[0].startswith(
        'api.token_credential: there is no credential "api-token" in $CREDENTIALS_DIRECTORY.'
    )
    (tmp_path / "api-token").write_text("from-a-credential\n")
    assert load(tmp_path, text).api.read_token() == "from-a-credential"


def test_an_unknown_name_says_which_names_there_are(tmp_path: pathlib.Path) -> None:
    configuration = load(tmp_path, SOUND)
    with pytest.raises(NotFoundError, match=r'no workstation "till-2"\. Did you mean "till-1"'):
        configuration.workstation("till-2")
    with pytest.raises(NotFoundError, match=r'no pos_printer "scanner"\. Configured: none'):
        configuration.device("scanner", "pos_printer")


def test_a_relay_is_optional_and_checked(tmp_path: pathlib.Path) -> None:
    assert load(tmp_path, SOUND).relay is None
    tls = '\n[relay]\nhost = "office.example"\nport = 8883\n[relay.tls]\nca_file = "/etc/ca.pem"\n'
    relay = load(tmp_path, SOUND + tls).relay
    assert relay is not None
    assert relay.address == "office.example:8883"
    assert relay.tls is not None
    wrong = tls.replace("8883", "0").replace("ca_file", "ca_fil")
    assert mistakes(tmp_path, SOUND + wrong) == (
        "relay.port: expected a whole number from 1 to 65535, not 0.",
        'relay.tls.ca_fil: there is no such key. Did you mean "ca_file"?',
    )


def test_plain_http_leaves_the_machine_only_when_somebody_says_so(tmp_path: pathlib.Path) -> None:
    host = changed("[api]", '[api]\nhost = "192.168.1.2"')
    assert mistakes(tmp_path, host)[0].startswith("api.host: expected a loopback address")
    said = changed("[api]", '[api]\nhost = "192.168.1.2"\nplain_http_on_the_network = true')
    assert load(tmp_path, said).api.host == "192.168.1.2"


def test_the_network_door_is_named_after_the_box_and_wants_both_files(
    tmp_path: pathlib.Path,
) -> None:
    tls = "\n[api.tls]\n"
    assert load(tmp_path, SOUND).api.tls is None
    assert load(tmp_path, SOUND + tls).local_name.endswith(".local")
    assert load(tmp_path, SOUND + tls + 'name = "Counter"\n').local_name == "counter.local"
    one = SOUND + tls + 'certificate_file = "/etc/shop.pem"\n'
    assert mistakes(tmp_path, one) == (
        "api.tls: expected certificate_file and key_file, or neither of them.",
    )
    wrong = SOUND + tls + 'name = "counter.local"\n'
    assert mistakes(tmp_path, wrong)[0].startswith("api.tls.name: expected a host's name")


def test_an_empty_credential_is_refused(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / "api-token").write_text("\n")
    with pytest.raises(ConfigError, match="api-token is empty"):
        read_credential("api-token")


def test_code_patterns_are_checked_at_the_start(tmp_path: pathlib.Path) -> None:
    badge = '[[code_pattern]]\npattern = "23"\nmeaning = "badge"\n'
    price = '[[code_pattern]]\npattern = "23.....{NNNDD}."\nmeaning = "price"\n'
    count = '[[code_pattern]]\npattern = "24{NND}"\nmeaning = "count"\n'
    too_fine, hidden = mistakes(tmp_path, SOUND + badge + price + count)
    assert too_fine == "code_pattern[2]: '24{NND}': a count has at most 0 decimals."
    assert hidden == (
        "code_pattern[1]: '23.....{NNNDD}.' never has its turn, because code_pattern[0] '23' takes"
        " all its codes. Put it above."
    )
    sound = load(tmp_path, SOUND + price + badge)
    assert [row.meaning for row in sound.code_patterns] == ["price", "badge"]
