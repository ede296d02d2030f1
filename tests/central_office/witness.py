"""A second witness of the office's figures: plain sums over the bytes, by the record set's rules.

It knows nothing of folds, tables or views, reads entries with the standard library, and takes all
of them at once: what arrived when plays no part in it, but that of two counts of one moment the
one that arrived later holds.
"""

import collections
import json
from collections.abc import Iterable
from typing import Any

from tests.entries import Json

Sums = collections.Counter[tuple[Any, ...]]
TURNOVER = {"Sale", "Return", "Fee"}
INTO_THE_DRAWER = {"OpeningFloat", "TenderLoan", "PaidIn"}


class Witness:
    """What all entries come to; nothing that is 0 is kept.

    Attributes:
        revenue: Amount by store, day, hour, channel, group and currency.
        taxes: Base and tax by store, day, code, rate and currency.
        money: Amount by store, tender, cause and currency.
        moved: What moved, by place and article: moment and quantity.
        counted: What was counted, by place and article: moment, arrival, quantity.
        in_transit: By sender, receiver and article.
    """

    def __init__(self, lines: Iterable[bytes]) -> None:
        self.revenue, self.taxes, self.money = Sums(), Sums(), Sums()
        self.in_transit = Sums()
        self.moved: dict[tuple[str, str], list[tuple[int, int]]] = collections.defaultdict(list)
        self.counted: dict[tuple[str, str], list[tuple[int, int, int]]] = collections.defaultdict(
            list
        )
        for arrival, line in enumerate(lines, 1):
            entry = json.loads(line)
            if not entry["training"]:
                self._add(arrival, entry, entry["payload"])
        for sums in (self.revenue, self.taxes, self.money, self.in_transit):
            for key in [key for key, value in sums.items() if not value]:
                del sums[key]

    def on_hand(self) -> dict[tuple[str, str], int]:
        """What lies where: the last count, and all that moved from its moment on."""
        found = {}
        for article in {*self.moved, *self.counted}:
            since, _, quantity = max(self.counted[article], default=(-1, 0, 0))
            found[article] = quantity + sum(
                milli for moment, milli in self.moved[article] if moment >= since
            )
        return found

    def variances(self) -> list[tuple[str, str, int, int]]:
        """Place, article, and of each count what it found and by how much that was too much."""
        found = []
        for article, counts in self.counted.items():
            before = (-1, 0, 0)
            for count in sorted(counts):
                moved = sum(
                    milli for moment, milli in self.moved[article] if before[0] <= moment < count[0]
                )
                found.append((*article, count[2], count[2] - before[2] - moved))
                before = count
        return sorted(found)

    def _add(self, arrival: int, entry: Json, payload: Json) -> None:
        match entry["entry_type"]:
            case "RetailTransaction" if payload["status"] in ("Completed", "PostVoided"):
                self._sell(entry, payload)
            case "TenderControl":
                sign = 1 if payload["kind"] in INTO_THE_DRAWER else -1
                what = (payload["tender_type"], payload["kind"], payload["currency"])
                self.money[entry["retail_store_id"], *what] += sign * payload["amount"]
            case "InventoryControl":
                self._stock(arrival, entry["occurred_at"], payload)
            case _:
                pass

    def _sell(self, entry: Json, sale: Json) -> None:
        store, day, currency = (
            entry["retail_store_id"],
            entry["business_day_date"],
            sale["currency"],
        )
        hour = (entry["occurred_at"] // 60_000_000 + entry["utc_offset_min"]) // 60 % 24
        for line in sale["line_items"]:
            if line["voided"]:
                continue
            if line["line_type"] in TURNOVER:
                group = (sale["channel"], line["merchandise_hierarchy"], currency)
                self.revenue[store, day, hour, *group] += line["extended_amount"]
                rate = (line["tax_code"], line["tax_rate_bp"], currency)
                self.taxes[store, day, *rate, "base"] += line["tax_base"]
                self.taxes[store, day, *rate, "tax"] += line["tax_amount"]
            if line["stock_effect"]:
                moved = self.moved[store, line["item_id"]]
                moved.append((entry["occurred_at"], -line["quantity_milli"]))
        for tender in sale["tenders"]:
            self.money[store, tender["tender_type"], "Tender", currency] += tender["amount"]

    def _stock(self, arrival: int, moment: int, control: Json) -> None:
        place, item, milli = control["location_id"], control["item_id"], control["quantity_milli"]
        if control["kind"] == "CountLine":
            self.counted[place, item].append((moment, arrival, milli))
            return
        self.moved[place, item].append((moment, milli))
        other = control.get("counterpart_location_id")
        if control["kind"] == "TransferOut":
            self.in_transit[place, other, item] -= milli
        elif control["kind"] == "TransferIn":
            self.in_transit[other, place, item] -= milli
