"""The demo: a whole shop in one terminal, from the barcode to the office's acknowledgement.

    python -m simulators.demo           watch it live; Ctrl-C ends it
    python -m simulators.demo --once    two sales, then the proof as one line of JSON

`edge-daemon` and `central-office` run as the programs that they are, in processes of their own;
the demo knows no more of them than a register and a person at the office do.

    __main__       the command
    shop           starts everything, in order, and ends it in reverse
    configuration  the daemon's TOML
    programs       a process, and what it said last
    register       a small register: what it takes to speak to the daemon
    sales          the clerk and two customers
    proof          what printer, drawer, daemon and office say afterwards
    screen         how it is shown
    hints          what to try next
"""
