"""Three things to try, as commands to copy into another terminal."""

import json
import sys

import msgspec

from simulators.shop.configuration import OPERATOR_ID, WORKSTATION
from simulators.shop.opening import Shop
from simulators.shop.products import WAFFLES
from simulators.shop.programs import find_command

_HINTS = """
The daemon's URL and a token, and the simulated devices, for another terminal:

export URL={url} TOKEN={token}
export SIMULATORS={control_url}

Three things to try ($URL/openapi.json and $SIMULATORS/state tell of more):

1. Scan something. Every register that listens at $URL/v1/events hears it.

curl "$SIMULATORS/scanner/hand" -H 'Content-Type: application/json' \\
  -d '{{"action": "scan", "data": "{gtin}"}}'

2. Sell it. The curl alone, again: the same answer, and still one sale.
   With {{"type": "card"}} as the tender somebody has to tap a card, on the page or with
   "tap" at $SIMULATORS/terminal/hand.

ID=$({python} -m ulid build)
curl -X PUT "$URL/v1/sales/$ID?wait=30" \\
  -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -d '{{"workstation": "{workstation}", "operator_id": "{operator_id}", "lines": [
       {line}],
       "tenders": [{{"type": "cash", "amount": 500}}]}}'

3. Take the paper out, and sell again with another ID. The sale stands, and the
   answer says what became of its receipt. "replace_paper" mends it.

curl "$SIMULATORS/printer/hand" -H 'Content-Type: application/json' \\
  -d '{{"action": "paper_out"}}'

The journal: {edge_daemon} journal tail --config {configuration}
"""


def hints(shop: Shop) -> str:
    """What to try at this shop."""
    product = msgspec.to_builtins(WAFFLES.line(shop.options.language))
    what = {key: product.pop(key) for key in ("description", "gtin")}
    first, rest = (json.dumps(part, ensure_ascii=False) for part in (what, product))
    return _HINTS.format(
        url=shop.url,
        token=shop.token,
        control_url=shop.control_url,
        gtin=WAFFLES.gtin,
        python=sys.executable,
        workstation=WORKSTATION,
        operator_id=OPERATOR_ID,
        line=f"{first[:-1]},\n        {rest[1:]}",
        edge_daemon=find_command("edge-daemon"),
        configuration=shop.options.configuration,
    )
