import pathlib

import pytest

from edge_daemon.config import load_configuration
from edge_daemon.errors import ConfigError
from edge_daemon.scopes import Scope

EXAMPLE = pathlib.Path(__file__).parents[2] / "systemd" / "edge-daemon.toml"
DOOR = """
[[door]]
name = "odoo"
kind = "hw_proxy"
workstation = "till-1"
addresses = ["192.168.1.0/24"]
origins = ["https://shop.example"]
scopes = ["print", "drawer"]
"""


def loaded(path: pathlib.Path, more: str) -> object:
    path.write_text(EXAMPLE.read_text("utf-8") + more, encoding="utf-8")
    return load_configuration(path)


def mistakes(path: pathlib.Path, more: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        loaded(path, more)
    return list(caught.value.mistakes)


def test_no_door_is_open_by_itself() -> None:
    configuration = load_configuration(EXAMPLE)
    assert (configuration.doors, configuration.door) == (None, ())


def test_a_door_listens_on_the_loopback_where_nothing_else_is_said(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "edge.toml"
    loaded(path, DOOR)
    configuration = load_configuration(path)
    assert configuration.doors is not None
    assert configuration.doors.listen == ("127.0.0.1:8069",)
    assert configuration.door[0].scopes == (Scope.PRINT, Scope.DRAWER)
    assert str(configuration.door[0].networks[0]) == "192.168.1.0/24"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('"hw_proxy"', '"hw_prox"', 'door.odoo.kind: expected one of "epos"'),
        ('"till-1"', '"till-9"', 'door.odoo.workstation: There is no workstation "till-9"'),
        ('"192.168.1.0/24"', '"192.168.1.300"', 'door.odoo.addresses: "192.168.1.300" is no'),
        ('["192.168.1.0/24"]', "[]", "door.odoo.addresses: nobody could call"),
        ('["https://shop.example"]', "[]", "door.odoo.origins: nobody could call"),
        ("https://shop.example", "https://shop.example/", "door.odoo.origins[0]: expected an orig"),
        ('"drawer"', '"admin"', 'door.odoo.scopes: a door cannot have "admin"'),
        ("scopes", 'rights = ["void"]\nscopes', 'door.odoo.rights: a door cannot have "void"'),
        ('"drawer"', '"draw"', "door.odoo.scopes[1]: expected one of"),
        ("scopes", "scope", 'door.odoo.scope: there is no such key. Did you mean "scopes"?'),
        (
            "scopes",
            'devices = { "kitchen" = "oven" }\nscopes',
            'door.odoo.devices."kitchen": There is no device "oven"',
        ),
    ],
)
def test_each_mistake_is_told_with_its_place(
    before: str, after: str, told: str, tmp_path: pathlib.Path
) -> None:
    found = mistakes(tmp_path / "edge.toml", DOOR.replace(before, after, 1))
    assert any(line.startswith(told) for line in found), found


@pytest.mark.parametrize(
    ("doors", "told"),
    [
        ('listen = ["0.0.0.0:8069"]', "doors.listen: 0.0.0.0:8069 is on the network"),
        ('listen = ["127.0.0.1:99999"]', "doors.listen: 127.0.0.1:99999 has no port"),
        ('listen = ["shop"]', "doors.listen[0]: expected an address and a port"),
        ('listen_tls = ["0.0.0.0:443"]', "doors.listen_tls: there is no certificate"),
    ],
)
def test_where_doors_listen_is_judged(doors: str, told: str, tmp_path: pathlib.Path) -> None:
    found = mistakes(tmp_path / "edge.toml", f"\n[doors]\n{doors}\n{DOOR}")
    assert any(line.startswith(told) for line in found), found


def test_plain_http_on_the_network_is_said_in_so_many_words(tmp_path: pathlib.Path) -> None:
    doors = '\n[doors]\nlisten = ["0.0.0.0:8069"]\nplain_http_on_the_network = true\n'
    loaded(tmp_path / "edge.toml", doors + DOOR)
