"""What can go wrong with a Caisse-AP terminal, by name. "Once" switches itself off."""

FAULTS = {
    "drop_before_request": "Once: the connection breaks before the request is read.",
    "drop_after_request": "Once: the connection breaks after the request was taken; it goes on.",
    "drop_before_answer": "Once: the connection breaks before the answer.",
    "drop_mid_answer": "Once: the connection breaks in the middle of the answer.",
    "silent": "Nothing is answered any more; the connection stays.",
    "decline": "The bank declines (AF 04).",
    "missing_field": "The terminal misses a field in every request (AF 09).",
    "no_reason": "A no comes without its reason (AF).",
    "other_amount": "Once: the answer repeats another amount than was asked for.",
    "unknown_outcome": "Once: the outcome (AE) is one that nobody knows.",
    "leaks_card_data": "Answers hold whole card data (of a card never made).",
    "not_caisse_ap": "Something else answers on this port.",
    "dribble": "Every answer arrives byte by byte.",
}
