"""What is said to cards and by them, whatever reader holds them.

apdu      commands and responses of ISO/IEC 7816-4, and conversations made of them
atr       what an answer to reset says about the card
emv       how a payment card is recognised, and nothing more
ndef      messages on NFC tags
type_2    where a Type 2 tag (NTAG, Ultralight) keeps its message
type_4    where a Type 4 tag (NTAG 424 DNA, DESFire) keeps its message
blocks    single blocks of AES, and what is made of them
lrp       what a tag uses that does not trust AES to keep its key
sun       the proof of an NTAG 424 DNA that it was tapped just now
reading   a card, from its answer to reset to what it says
"""
