"""The demo: a whole shop in one terminal, and on one page, from barcode to acknowledgement.

    python -m simulators.demo           watch it live; Ctrl-C ends it
    python -m simulators.demo --once    two sales, then the proof as one line of JSON

The shop itself is `simulators.shop`, the page `simulators.bench`. The demo knows no more of daemon
and office than a register and a person at the office do.

    __main__       the command
    news           what happens in the shop, told as it happens
    sales          the clerk and two customers
    proof          what printer, drawer, daemon and office say afterwards
    screen         how it is shown
    back_office    the office's pages over it, with some history
    hints          what to try next
"""
