"""A chain of shops that never was: a year of it in minutes, as true journal entries.

Opening hours, seasons, returns, voids, cash differences, deliveries, counts with shrinkage,
transfers, gift cards and outages; every store's entries link to each other and are encoded as a
box encodes them. The figures of each Z are counted here by themselves, so that an office has
something to be compared with. The same seed gives the same bytes.

    goods ─┐
    stores ┴► day ─► baskets, sums ─► journal ─► chain: days in order, outages held back
"""
