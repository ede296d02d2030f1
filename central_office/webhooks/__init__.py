"""Webhooks: programs elsewhere are told what was booked, in its order, signed, until they say yes.

`registry` keeps who wants to be told, `deliveries` tells them, `posting` is one request to one
address that is nobody's own network, `signing` what proves who sends it.
"""
