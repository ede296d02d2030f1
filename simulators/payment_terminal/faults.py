"""What can go wrong with a terminal, by name. A fault marked "once" switches itself off."""

_LINK = {
    "drop_before_ack": "Once: the link breaks before the command is acknowledged.",
    "drop_after_ack": "Once: the link breaks after the command was acknowledged.",
    "drop_after_intermediate": "Once: the link breaks after the first intermediate status.",
    "drop_before_status_information": "Once: the link breaks before the result is sent.",
    "drop_after_status_information": "Once: the link breaks after the result was sent.",
    "drop_after_commit": "Once: the link breaks after the till acknowledged the result.",
    "drop_mid_print": "Once: the link breaks after the first line or block of the receipt.",
    "drop_before_completion": "Once: the link breaks before the completion.",
    "self_restart": "Once: the terminal restarts by itself before the result is sent.",
}

_WHILE_DOWN = {
    "keyed_equal": "Once, after a broken link: somebody keys in a payment of the same amount.",
    "keyed_other": "Once, after a broken link: somebody keys in a payment of another amount.",
    "keyed_equal_instead": "As keyed_equal, and the till's own payment is cancelled before.",
    "keyed_other_instead": "As keyed_other, and the till's own payment is cancelled before.",
    "end_of_day_while_down": "Once, after a broken link: an end of day empties the store.",
    "swapped_while_down": "Once, after a broken link: another terminal stands in its place.",
}

_TIME = {
    "silent": "Nothing is answered any more; the connection stays.",
    "hang_after_ack": "After a command's acknowledgement nothing more comes.",
    "ack_beyond_t3": "Once: the acknowledgement of a command comes after six seconds.",
    "result_beyond_t4": "Once: the result comes after two hundred seconds of silence.",
    "keep_alive": "Once: the result takes four minutes, with a status every thirty seconds.",
    "longer_t4": "Once: the terminal asks for ten minutes and takes nine.",
    "dribble": "Every message arrives byte by byte.",
    "coalesce": "An acknowledgement arrives in one piece with the message behind it.",
}

_REFUSALS = {
    "busy_9c": "Every command is answered with 84 9C, please wait.",
    "not_ready_a0": "Every command is answered with 84 A0, receiver not ready.",
    "not_possible_83": "Every command that moves money is answered with 84 83.",
    "second_till": "Once: busy with another till, whose payment of the same amount is booked.",
    "locked": "The merchant card is locked: every payment ends with an abort.",
    "needs_end_of_day": "Payments are refused until an end of day has run.",
    "decline": "The bank declines.",
    "no_repeat_receipt": "The last transaction cannot be repeated (84 83).",
    "no_message_ids": "The terminal does not number its messages.",
    "not_zvt": "The terminal is in another mode and answers 15 03 69.",
}

_RESULTS = {
    "wrong_pin_first": "Once: the PIN is wrong the first time, so two results are sent.",
    "wrong_amount": "Once: the terminal approves one euro more than asked for.",
    "wrong_currency": "Once: the terminal approves in another currency.",
    "partial_approval": "Once: less is approved, where the till allows that; else declined.",
    "offline_approval": "Once: approved without asking the bank.",
    "signature_required": "Once: approved, and the customer has to sign.",
    "abort_after_approval": "Once: after an acknowledged approval the terminal aborts.",
    "duplicate_status_information": "Once: the result is sent twice.",
    "late_result": "Once: a result is sent although no command runs.",
    "shuffled_bitmaps": "The bitmaps of a result come in any order.",
    "unknown_bitmap": "Once: the result holds a bitmap that nobody knows.",
    "unknown_tag": "The result holds a tag that nobody knows.",
    "llvar_too_long": "Once: a field of the result announces more than there is.",
    "extended_length": "Short messages, too, have a length of three bytes.",
    "leaks_card_data": "Results, slips and texts hold whole card data (of a card never made).",
    "display_texts": "Intermediate statuses carry the words of the display.",
}

_BOOKS = {
    "keep_silently": "A result that nobody acknowledged stays booked.",
    "keep_and_sync_1f1f": "It stays booked, until the till's next command is one behind.",
    "numbers_restart": "An end of day lets the receipt numbers begin at one again.",
}

_SERIAL = {
    "bad_crc": "Serial, once: the checksum of a block is wrong.",
    "lost_ack": "Serial, once: the ACK of a block of the till is lost.",
    "lost_till_ack": "Serial, once: the till's ACK is lost, so the block comes twice.",
    "nak_twice": "Serial, once: a block of the till is disturbed twice, and gets two NAKs.",
    "gap": "Serial, once: a block stops for 300 ms in its middle.",
    "noise": "Serial: noise in front of every block.",
    "line_dead": "Serial: nothing that the terminal sends arrives.",
}

FAULTS = {**_LINK, **_WHILE_DOWN, **_TIME, **_REFUSALS, **_RESULTS, **_BOOKS, **_SERIAL}
