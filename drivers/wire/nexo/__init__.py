"""The nexo Retailer Protocol 3.x as JSON, in the dialect of Adyen's Terminal API.

    words          the vocabularies
    members        JSON members to structs and back: tolerant on receipt, strict on sending
    messages       what is asked and answered
    envelope       header and body as one message: bytes in, bytes out
    amounts        decimal amounts of the wire, minor units of the till
    pairs          texts that carry `name=value&…`: receipts, additional responses, events
    protection     the encrypted form that a terminal on the local network speaks
    description    a message in words, for support

Nothing here waits, connects or knows the time. An honest doubt: the published schema is Adyen's;
other makers of nexo terminals speak XML or name some members otherwise, and were not seen.

Source: nexo Retailer Protocol 3.1; Adyen/adyen-openapi json/TerminalAPI-v1.json.
"""
