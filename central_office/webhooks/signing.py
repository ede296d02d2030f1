"""How a receiver knows that a message is ours, and new.

Over `id.timestamp.body` with HMAC-SHA256; whoever checks also looks at the timestamp, so that an
old message cannot be sent again.

Source: Standard Webhooks 1.0.0 (headers, `v1` signatures, `whsec_` secrets).
"""

import base64
import hashlib
import hmac
import secrets

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    """A secret, as it is shown and kept."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signed(secret: str, event_id: str, seconds: int, body: bytes) -> dict[str, str]:
    """The headers of a message.

    Args:
        secret: As it was shown.
        event_id: The same for each try.
        seconds: Since 1970 UTC, of this try.
        body: The very bytes that are sent.
    """
    key = base64.b64decode(secret.removeprefix(PREFIX))
    content = b".".join((event_id.encode(), str(seconds).encode(), body))
    digest = base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": f"v1,{digest}",
    }
