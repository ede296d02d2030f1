"""TLV tags: their names and what their values are made of.

A tag that the table lacks is skipped by its length; nothing behind it is lost.

Source: ZVT PA00P015 rev. 13.08, overview of the tags used; those above 1F73 from later revisions.
"""

from dataclasses import dataclass

from drivers.wire.zvt.bitmaps import Kind


@dataclass(frozen=True, slots=True)
class TagType:
    """One row of the table."""

    name: str
    kind: Kind = Kind.HEX


TEXT_LINE = 0x07
RECEIPT_NUMBER = 0x08
LINE_ATTRIBUTE = 0x09
ZVT_COMMAND = 0x0A
PRINTER_WIDTH = 0x12
EXTRA_RESULT_CODE = 0x13
CHARACTER_SET = 0x14
OPEN_PRE_AUTHORISATIONS = 0x23
DISPLAY_TEXTS = 0x24
PRINT_TEXTS = 0x25
PERMITTED_COMMANDS = 0x26
CHARACTER_SETS = 0x27
PAYMENT_INFO = 0x2F
LONG_CARD_TYPE = 0x41
APPLICATION_NAME = 0x42
APPLICATION_ID = 0x43
APPLICATION_PREFERRED_NAME = 0x44
CARD_UID = 0x4C
APPLICATION = 0x60
RECEIPT_TYPE = 0x1F07
CARDHOLDER_VERIFICATION = 0x1F10
ONLINE = 0x1F11
CARD_TECHNOLOGY = 0x1F12
CARD_PSEUDONYM = 0x1F14
CARD_READING_CONTROL = 0x1F15
EXTENDED_ERROR_CODE = 0x1F16
EXTENDED_ERROR_TEXT = 0x1F17
SYNCHRONISATION_ID = 0x1F1F
END_OF_DAY_MODE = 0x1F26
LONG_TRACE = 0x1F2B
RECEIPT_INFORMATION = 0x1F37
SOFTWARE_VERSION = 0x1F41
TERMINAL_ID = 0x1F44
CARD_POLL_TIMEOUT = 0x1F5B
REMAINING_AMOUNT = 0x1F6A
PARTIAL_APPROVAL = 0x1F70
MESSAGE_SEQUENCE_ID = 0x1F73

TAGS: dict[int, TagType] = {
    0x01: TagType("reversal id"),
    0x02: TagType("driver number", Kind.DIGITS),
    0x03: TagType("vehicle number", Kind.DIGITS),
    0x04: TagType("mileage", Kind.DIGITS),
    0x05: TagType("goods group"),
    0x06: TagType("restriction code"),
    TEXT_LINE: TagType("text line", Kind.TEXT),
    RECEIPT_NUMBER: TagType("receipt number", Kind.DIGITS),
    LINE_ATTRIBUTE: TagType("line attribute"),
    ZVT_COMMAND: TagType("command"),
    0x0B: TagType("info field"),
    0x0C: TagType("info field 2"),
    0x0D: TagType("restriction code 2"),
    0x0E: TagType("service code"),
    0x0F: TagType("assignment number"),
    0x10: TagType("merchant display size", Kind.DIGITS),
    0x11: TagType("customer display size", Kind.DIGITS),
    PRINTER_WIDTH: TagType("printer line width", Kind.DIGITS),
    EXTRA_RESULT_CODE: TagType("extra result code", Kind.TEXT),
    CHARACTER_SET: TagType("character set"),
    0x15: TagType("language", Kind.TEXT),
    0x16: TagType("menu type"),
    0x17: TagType("context"),
    0x18: TagType("destination"),
    0x19: TagType("return code"),
    0x1A: TagType("maximum APDU length", Kind.BINARY),
    0x1B: TagType("diagnosis type", Kind.BINARY),
    0x1C: TagType("file block"),
    0x1D: TagType("file id", Kind.BINARY),
    0x1E: TagType("start position", Kind.BINARY),
    0x20: TagType("fleet card"),
    0x21: TagType("permitted goods groups"),
    0x22: TagType("prohibited goods groups"),
    OPEN_PRE_AUTHORISATIONS: TagType("open pre-authorisations"),
    DISPLAY_TEXTS: TagType("display texts"),
    PRINT_TEXTS: TagType("print texts"),
    PERMITTED_COMMANDS: TagType("permitted commands"),
    CHARACTER_SETS: TagType("character sets"),
    0x28: TagType("languages"),
    0x29: TagType("menus"),
    0x2A: TagType("menus"),
    0x2B: TagType("menu"),
    0x2C: TagType("menu item"),
    0x2D: TagType("file"),
    0x2E: TagType("time stamp"),
    PAYMENT_INFO: TagType("payment information"),
    0x30: TagType("card acceptance"),
    0x31: TagType("amount information"),
    0x32: TagType("input"),
    0x33: TagType("DUKPT key"),
    0x34: TagType("terminal date and time"),
    0x35: TagType("reboot date and time"),
    0x40: TagType("EMV configuration"),
    LONG_CARD_TYPE: TagType("long card type"),
    APPLICATION_NAME: TagType("application name", Kind.TEXT),
    APPLICATION_ID: TagType("application id"),
    APPLICATION_PREFERRED_NAME: TagType("application preferred name", Kind.TEXT),
    0x45: TagType("receipt parameter"),
    0x46: TagType("EMV print data, customer", Kind.TEXT),
    0x47: TagType("EMV print data, merchant", Kind.TEXT),
    0x48: TagType("priority"),
    0x49: TagType("card type of the network operator"),
    0x4B: TagType("issuer country"),
    CARD_UID: TagType("card UID"),
    0x4D: TagType("GeldKarte EF_ID", Kind.SECRET),
    0x4E: TagType("payment account reference"),
    0x57: TagType("track 2 equivalent", Kind.SECRET),
    0x5A: TagType("card number", Kind.PAN),
    APPLICATION: TagType("application"),
    0x61: TagType("applications on the stripe"),
    0x62: TagType("applications on the chip"),
    0x63: TagType("prepaid"),
    0x64: TagType("receipt header"),
    0x65: TagType("receipt advertising"),
    0x66: TagType("receipt, customer"),
    0x67: TagType("receipt, merchant"),
    0x68: TagType("receipt, outcome"),
    0x69: TagType("reference transaction"),
    0x6A: TagType("invalid application"),
    0x80: TagType("prepaid PIN", Kind.SECRET),
    0x81: TagType("telephone number", Kind.SECRET),
    0x82: TagType("top-up text", Kind.TEXT),
    0xC1: TagType("transaction type"),
    0xC4: TagType("transaction number of the ECR"),
    0xE1: TagType("bonus points"),
    0xE2: TagType("currency conversion"),
    0xE3: TagType("bar code"),
    0xE4: TagType("device information"),
    0xE5: TagType("keys", Kind.SECRET),
    0xE6: TagType("card type"),
    0xE7: TagType("merchant SAM"),
    0xE8: TagType("value added services"),
    0xE9: TagType("reference number"),
    0xEC: TagType("end of day details"),
    0xED: TagType("end of day details, one host"),
    0xEE: TagType("end of day details, all hosts"),
    0x1F00: TagType("file length", Kind.BINARY),
    0x1F01: TagType("receipt id"),
    0x1F04: TagType("receipt parameter"),
    0x1F05: TagType("transaction parameter"),
    0x1F06: TagType("reservation parameter"),
    RECEIPT_TYPE: TagType("receipt type", Kind.BINARY),
    0x1F08: TagType("track 1", Kind.SECRET),
    0x1F09: TagType("track 2", Kind.SECRET),
    0x1F0A: TagType("track 3", Kind.SECRET),
    0x1F0B: TagType("maximum pre-authorisation", Kind.AMOUNT),
    0x1F0C: TagType("licence plate", Kind.TEXT),
    0x1F0D: TagType("data to the host"),
    0x1F0E: TagType("date", Kind.DIGITS),
    0x1F0F: TagType("time", Kind.DIGITS),
    CARDHOLDER_VERIFICATION: TagType("cardholder verification"),
    ONLINE: TagType("online"),
    CARD_TECHNOLOGY: TagType("card technology"),
    0x1F13: TagType("function request of the ECR"),
    CARD_PSEUDONYM: TagType("card pseudonym"),
    CARD_READING_CONTROL: TagType("card reading control"),
    EXTENDED_ERROR_CODE: TagType("extended error code"),
    EXTENDED_ERROR_TEXT: TagType("extended error text", Kind.TEXT),
    0x1F18: TagType("card notification control"),
    0x1F19: TagType("card acceptance result"),
    0x1F1A: TagType("card number for acceptance", Kind.PAN),
    0x1F1C: TagType("card name", Kind.TEXT),
    SYNCHRONISATION_ID: TagType("synchronisation id", Kind.DIGITS),
    0x1F20: TagType("total amount", Kind.AMOUNT),
    0x1F21: TagType("currency", Kind.CURRENCY),
    0x1F23: TagType("retrieval id"),
    0x1F24: TagType("reference number"),
    0x1F25: TagType("cashback amount", Kind.AMOUNT),
    END_OF_DAY_MODE: TagType("end of day mode", Kind.BINARY),
    0x1F2A: TagType("additional cardholder information", Kind.SECRET),
    LONG_TRACE: TagType("long trace number", Kind.DIGITS),
    0x1F31: TagType("encrypted PIN", Kind.SECRET),
    0x1F32: TagType("SMID"),
    0x1F34: TagType("MAC"),
    0x1F35: TagType("ECR identification"),
    0x1F36: TagType("tip", Kind.AMOUNT),
    RECEIPT_INFORMATION: TagType("receipt information"),
    0x1F3C: TagType("input", Kind.SECRET),
    0x1F3E: TagType("encrypted cardholder information", Kind.SECRET),
    0x1F3F: TagType("remaining balance", Kind.AMOUNT),
    0x1F40: TagType("device name", Kind.TEXT),
    SOFTWARE_VERSION: TagType("software version", Kind.TEXT),
    0x1F42: TagType("serial number"),
    0x1F43: TagType("device state"),
    TERMINAL_ID: TagType("terminal id", Kind.DIGITS),
    0x1F45: TagType("ATS"),
    0x1F46: TagType("command APDUs", Kind.SECRET),
    0x1F47: TagType("card read error"),
    0x1F4C: TagType("contactless card type", Kind.BINARY),
    0x1F4D: TagType("contactless card subtype"),
    0x1F4F: TagType("ATQA"),
    0x1F50: TagType("SAK"),
    0x1F51: TagType("debit mandate"),
    0x1F52: TagType("debit creditor"),
    0x1F55: TagType("terminal locks"),
    0x1F59: TagType("payment application"),
    CARD_POLL_TIMEOUT: TagType("card poll time-out", Kind.BINARY),
    0x1F5C: TagType("encrypted key", Kind.SECRET),
    0x1F5D: TagType("plain key", Kind.SECRET),
    0x1F5E: TagType("IBAN", Kind.SECRET),
    0x1F60: TagType("allowed card technologies"),
    0x1F62: TagType("BMP 60 prefix", Kind.TEXT),
    0x1F63: TagType("individual reference number", Kind.TEXT),
    0x1F64: TagType("number of payments", Kind.BINARY),
    0x1F65: TagType("processing selection"),
    REMAINING_AMOUNT: TagType("remaining amount", Kind.AMOUNT),
    0x1F6B: TagType("age verification control"),
    0x1F6C: TagType("age verification result"),
    0x1F6D: TagType("card poll mode"),
    PARTIAL_APPROVAL: TagType("partial approval", Kind.BINARY),
    0x1F71: TagType("known tags"),
    0x1F72: TagType("extended contactless detection"),
    MESSAGE_SEQUENCE_ID: TagType("message sequence id", Kind.DIGITS),
    0x1F74: TagType("password", Kind.SECRET),
    0x1F75: TagType("encrypted input", Kind.SECRET),
    0x1F8000: TagType("purchase only approval"),
    0x1F8001: TagType("IP address", Kind.TEXT),
    0x1F8003: TagType("partial reconciliation"),
    0x9F6B: TagType("track 2", Kind.SECRET),
}
