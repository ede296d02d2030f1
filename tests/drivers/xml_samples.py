"""Documents that a parser must refuse."""

_REQUEST = b'<ServiceRequest RequestType="Login" RequestID="1">%s</ServiceRequest>'


def _entities() -> bytes:
    grown = (f'<!ENTITY lol{level + 1} "{f"&lol{level};" * 10}">' for level in range(9))
    return "".join(['<!ENTITY lol0 "lol">', *grown]).encode()


BILLION_LAUGHS = b"<!DOCTYPE lolz [%s]>%s" % (_entities(), _REQUEST % b"&lol9;")
EXTERNAL_ENTITY = b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>%s' % (
    _REQUEST % b"&x;"
)
DEEPLY_NESTED = _REQUEST % (b"<a>" * 30_000 + b"</a>" * 30_000)
