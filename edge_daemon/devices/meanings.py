"""What a scan means in this shop: its own codes first, then its patterns, then national rules.

    own codes (R and a sale's id) → [[code_pattern]], first match wins → [shop] barcode_region

A scan that none of them knows stays as the scanner's driver has read it: a GTIN, GS1 data, or a
code that only the register knows.
"""

import re
from collections.abc import Sequence

import msgspec

from drivers.scanner import Meaning, Scan
from drivers.wire.barcode import split_aim
from drivers.wire.code_patterns import ARTICLE_LENGTHS, PatternMatch
from edge_daemon.config import Configuration
from edge_daemon.config.code_patterns import CodePatternRow

_RECEIPT = re.compile(r"R([0-9A-HJKMNP-TV-Z]{26})")
"""On every receipt, so that a return begins with a scan; a ULID."""
_UPC_A = 12
_EAN_13 = 13
_GRAM_DECIMALS = 3
_CENT_DECIMALS = 2


class ScanMeanings:
    """Reads scans with the shop's own table."""

    def __init__(self, rows: Sequence[CodePatternRow] = (), region: str | None = None) -> None:
        """Take the rows in the order in which they are tried, and a country or none."""
        self._rows = [(row, row.parsed) for row in rows]
        self._region = region

    @classmethod
    def of(cls, configuration: Configuration) -> "ScanMeanings":
        """What the shop has configured."""
        return cls(configuration.code_patterns, configuration.shop.barcode_region)

    def read(self, scan_data: str) -> Scan:
        """Read a code that came from elsewhere than a scanner's driver: a camera, a keyboard.

        Nothing in it raises. The first call imports biip, which takes a tenth of a second.
        """
        from drivers.wire.gs1 import read_code  # noqa: PLC0415 - 20 MB, for those who scan

        return self.interpret(Scan(scan_data=scan_data, **vars(read_code(scan_data))))

    def interpret(self, scan: Scan) -> Scan:
        """Say what the scan means here. Nothing in it raises."""
        data = _data(scan)
        if (receipt := _RECEIPT.fullmatch(data)) is not None:
            return _replaced(scan, meaning=Meaning.RECEIPT, key=receipt[1])
        for row, pattern in self._rows:
            misread = scan.problem is not None and row.check_digit
            match = None if misread or not row.applies_to(scan.symbology) else pattern.match(data)
            if match is not None:
                return _by_row(scan, row, pattern.decimals, match)
        return scan if self._region is None else _by_region(scan, data, self._region)


def _data(scan: Scan) -> str:
    """The code alone: without AIM identifier and add-on, and a UPC-A as the EAN-13 that it is."""
    data = scan.scan_data if scan.symbology is None else split_aim(scan.scan_data)[1]
    if scan.add_on is not None:
        data = data[: -len(scan.add_on)]
    upc_a = len(data) == _UPC_A and data.isdecimal() and scan.symbology in (None, "E0", "E3")
    return f"0{data}" if upc_a else data


def _by_row(scan: Scan, row: CodePatternRow, decimals: int, match: PatternMatch) -> Scan:
    if row.meaning not in ("price", "weight", "count"):
        discount = None if match.value is None else match.value * 10 ** (_CENT_DECIMALS - decimals)
        key = match.item + match.rest
        return _replaced(scan, meaning=Meaning(row.meaning), key=key or None, discount_bp=discount)
    gtin, key = None, match.item
    if row.item == "zeroed":
        key = _with_check_digit(match.zeroed)
        gtin = key.zfill(14) if len(key) in ARTICLE_LENGTHS else None
    found = _replaced(scan, meaning=Meaning.ITEM, key=key, gtin=gtin)
    return msgspec.structs.replace(found, **_measure(row.meaning, match.value or 0, decimals))


def _measure(meaning: str, value: int, decimals: int) -> dict[str, int]:
    if meaning == "price":
        return {"price": value * 10 ** (_CENT_DECIMALS - decimals)}
    if meaning == "count":
        return {"count": value}
    finer = decimals - _GRAM_DECIMALS
    grams = value * 10**-finer if finer <= 0 else (value + 10**finer // 2) // 10**finer
    return {"quantity_milli": grams}


def _by_region(scan: Scan, data: str, region: str) -> Scan:
    if scan.gtin is None or len(data) != _EAN_13 or not data.startswith("2"):
        return scan
    from drivers.wire.gs1 import read_variable_measure  # noqa: PLC0415 - see `read`

    code = read_variable_measure(data, region)
    if code is None:
        return scan
    return _replaced(
        scan,
        meaning=Meaning.ITEM,
        gtin=code.gtin,
        key=(code.gtin or "")[-_EAN_13:],
        quantity_milli=code.quantity_milli,
        count=code.count,
        price=code.price,
    )


def _with_check_digit(code: str) -> str:
    """A code of digits with a check digit that fits; any other as it is."""
    if len(code) not in ARTICLE_LENGTHS or not code.isdecimal():
        return code
    from drivers.wire.gs1 import with_check_digit  # noqa: PLC0415 - see `read`

    return with_check_digit(code)


def _replaced(scan: Scan, **changes: object) -> Scan:
    """The scan as a code of the shop's own: no article of that number exists."""
    return msgspec.structs.replace(scan, **({"gtin": None, "problem": None} | changes))
