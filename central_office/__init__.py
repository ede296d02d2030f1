"""The central office's side: takes every edge's stream in, once, and says up to where.

`lines` reads what an edge sent, `ingest` decides about it, `tables` is what it needs of a
database: `sqlite`, which needs nothing installed, or `postgresql` for several workers. `folds`
turns entries into projections, `booking` writes them. `own_chain` holds what the office does
itself, `branches` and `forks` end what an edge's two histories began. `office` speaks MQTT,
`report` shows what is known, `verifying` reads it all again, `cli` is `central-office`. `views` are
what people ask for, `api` serves them to programs and to the pages in `backoffice`.
"""
