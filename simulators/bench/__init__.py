"""The bench: one page with the whole virtual counter, for whoever tests or shows a shop.

    application  what is served: the page, the shop, what happens in it, hands, faults and plugs
    stage        what a viewer sees of the counter, and what has changed since
    recording    what hands did, as a scenario
    paper        what came out of a printer since a viewer looked last
    command      `pos-simulators bench`
    page/        the page: files, served as they are

The page is a register too: it sells through the daemon's own API, like any other. The bench serves
this machine only, and tells nobody anything who does not know its token.
"""
