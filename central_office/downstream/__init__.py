"""From the running office to every edge: what is kept for its store, and what lies where.

`stock` and `gift_cards` find what changed between two places of the ledger, `boxes` what each edge
holds, `plan` decides what has to be said to whom, `wholes` makes whole sets, `publisher` says it
all on a connection of its own: what is large delays no acknowledgement.
"""
