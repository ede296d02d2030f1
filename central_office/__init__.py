"""The central office's side: takes every edge's stream in, once, and says up to where.

`lines` reads what an edge sent, `ingest` decides about it, `tables` is what it needs of a
database, `sqlite` is the one that needs nothing installed, `folds` turns entries into projections,
`office` speaks MQTT, `report` shows what is known, `cli` is `central-office`.
"""
