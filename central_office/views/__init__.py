"""What the office shows: typed rows out of the projections, page by page.

A view is a table of a projection with its key: so a page begins where the last one ended
(`cursor`), however many rows lie before it, and costs the same in the seventh year as on the first
day. Amounts are in minor units, quantities in thousandths, moments in microseconds since 1970 UTC.
Whoever serves these pages decides who may see which stores, and says so in the `Scope`.
"""
