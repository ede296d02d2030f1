"""The address at which a customer reads a receipt on a screen.

    token = base64url( ULID of the sale:16 · HMAC-SHA-256 of it, cut:16 )

Nothing has to be kept for a receipt: the box knows its own tokens by its key. Who knows a sale's
ULID, which every return code on paper says, cannot make its token; to guess one takes 2^127 tries.
The key is made at the first start and lies in `state.db`. With the key the links die, as they do
after their days.

Source: RFC 2104, section 5 (a cut HMAC); RFC 4648, section 5.
"""

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import secrets

from ulid import ULID

from edge_daemon.config.tables import ShopSettings
from edge_daemon.state import StateStore

_KEY = "receipt-links/key"
_KEY_BYTES = 32
_HALF = 16
PATH = "/r/"


class ReceiptLinks:
    """Makes tokens and knows them again."""

    def __init__(self, state: StateStore, shop: ShopSettings) -> None:
        self._state = state
        self._shop = shop
        self._key = b""

    async def load(self) -> None:
        """Read the key, or make it. Until then there are no links.

        Raises:
            JournalError: The disk failed.
        """
        if self._shop.digital_receipt_url is None:
            return
        key = await self._state.get_value(_KEY)
        if key is None:
            key = secrets.token_bytes(_KEY_BYTES)
            await self._state.put_value(_KEY, key)
        self._key = key

    def url(self, transaction_id: str) -> str | None:
        """Where this sale's receipt can be read; None where the shop offers none."""
        base = self._shop.digital_receipt_url
        if base is None or not self._key:
            return None
        return base.rstrip("/") + PATH + self.token(transaction_id)

    def token(self, transaction_id: str) -> str:
        """The token of a sale."""
        ulid = ULID.from_str(transaction_id).bytes
        return base64.urlsafe_b64encode(ulid + self._seal(ulid)).decode().rstrip("=")

    def transaction_id(self, token: str) -> str | None:
        """The sale that `token` was made for; None where this box has not made it."""
        if not self._key:
            return None
        try:
            told = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        ulid, seal = told[:_HALF], told[_HALF:]
        if len(told) != 2 * _HALF or not hmac.compare_digest(seal, self._seal(ulid)):
            return None
        return str(ULID.from_bytes(ulid))

    def expired(self, sold_at: int, now_us: int) -> bool:
        """True when a receipt of `sold_at` can no longer be read; microseconds since 1970 UTC."""
        days = dt.timedelta(days=self._shop.digital_receipt_days)
        return now_us - sold_at > days // dt.timedelta(microseconds=1)

    def _seal(self, ulid: bytes) -> bytes:
        return hmac.digest(self._key, ulid, hashlib.sha256)[:_HALF]
