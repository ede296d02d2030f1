"""Doors for tills that were written for other boxes, each in its own words, over the same rooms.

front       lets in, reads, hands on, answers
admission   who is let in: `Host`, address, origin
exchange    a request and its answer, as values
desk        printing, drawer: journalled first, once, also when Retry is pressed
memory      what must be recognised after a restart
scans       scans that wait for a long poll
happenings  what happened, for a long poll with the time of the last thing heard
pictures    JPEG and PNG as dots

hw_proxy    Odoo's box and pywebdriver, with the OCA's card payments
iot         Odoo's box with IoT
epos        an Epson printer that speaks ePOS-Print
webprnt     a Star printer that speaks WebPRNT
"""

from edge_daemon.doors.opening import DoorRooms, Doors

__all__ = ["DoorRooms", "Doors"]
