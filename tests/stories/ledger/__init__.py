"""The ledger proof: the till's books and the terminal's books after an evening of faults.

Theory of operation. An evening is a row of steps. In each step a register does one thing (a sale,
a refund, a reversal, an end of day), and one thing goes wrong at a place drawn by chance. Then
everything comes back, and nobody does anything until nothing is asked any more. The oracle, who
sees both ledgers, then holds every payment of the evening against what the terminal booked.

    wire        what passes between daemon and terminal, counted, and cut at any passage
    haste       time that passes quickly while nothing happens
    under_test  a terminal under test: its faults, and its books in common words
    zvt, named  those of each protocol
    terminals   all of them, by name
    lives       the daemon in this process, or in one that is killed
    shop        a terminal, a wire, a daemon and its register
    trouble     what goes wrong in a step
    acts        what a register does in a step
    till        what the journal says of every payment and sale
    oracle      both ledgers, and what they may differ by
    evening     steps in a row, the person who decides, the story so far
    tally       what the evenings counted

Everything is drawn from `seed` and the step's number; what the kernel and the writer's thread do
in between is their own. An honest doubt: so a repeated evening has the same steps and faults, but
a crash may find the daemon some instructions further.
"""
