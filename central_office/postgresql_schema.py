"""The tables in PostgreSQL: the same as in `schema`, with entries in partitions, and a roster.

A partition holds the organizations of one hash, so that they can lie on disks of their own.
"""

PARTITIONS = 8
SQL_TYPES = {str: "text", int: "int8", bytes: "bytea"}
_ENTRIES = """
CREATE TABLE IF NOT EXISTS entries (
    organization text NOT NULL, arrival bigint NOT NULL, store text NOT NULL,
    edge_id text NOT NULL, epoch text NOT NULL, seq bigint NOT NULL, entry_type text NOT NULL,
    occurred_at bigint NOT NULL, received_at bigint NOT NULL, hash bytea NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (organization, arrival), UNIQUE (edge_id, epoch, seq, organization)
) PARTITION BY HASH (organization);
"""
_PARTITION = """
CREATE TABLE IF NOT EXISTS entries_{number} PARTITION OF entries
    FOR VALUES WITH (MODULUS {modulus}, REMAINDER {number});
"""
_OTHERS = """
CREATE TABLE IF NOT EXISTS arrivals (organization text PRIMARY KEY, last bigint NOT NULL);
CREATE TABLE IF NOT EXISTS marks (
    edge_id text NOT NULL, epoch text NOT NULL, organization text NOT NULL, store text NOT NULL,
    up_to_seq bigint NOT NULL, hash text NOT NULL, occurred_at bigint,
    announced_seq bigint NOT NULL, duplicates bigint NOT NULL, forked_at bigint,
    first_at bigint NOT NULL, previous_epoch text, link_alarm text,
    PRIMARY KEY (edge_id, epoch)
);
CREATE TABLE IF NOT EXISTS edges (
    edge_id text PRIMARY KEY, organization text NOT NULL, store text NOT NULL, state text,
    connection bigint, first_at bigint NOT NULL, status_at bigint, said text
);
CREATE TABLE IF NOT EXISTS parked (
    edge_id text NOT NULL, epoch text NOT NULL, seq bigint NOT NULL, hash text NOT NULL,
    data bytea NOT NULL, PRIMARY KEY (edge_id, epoch, seq, hash)
);
CREATE TABLE IF NOT EXISTS quarantine (
    id bigserial PRIMARY KEY, reason text NOT NULL, detail text, topic text NOT NULL,
    edge_id text, epoch text, seq bigint, hash text NOT NULL, data bytea NOT NULL,
    first_at bigint, times bigint NOT NULL, decision text, decided_at bigint,
    UNIQUE (topic, hash)
);
CREATE INDEX IF NOT EXISTS quarantine_place ON quarantine (edge_id, epoch, seq);
CREATE TABLE IF NOT EXISTS quarantine_sizes (
    bucket text PRIMARY KEY, kept_bytes bigint NOT NULL, dropped bigint NOT NULL
);
CREATE TABLE IF NOT EXISTS folded (version bigint NOT NULL);
CREATE TABLE IF NOT EXISTS workers (
    share text NOT NULL, worker text NOT NULL, seen_at timestamptz NOT NULL,
    PRIMARY KEY (share, worker)
);
"""

TABLES = (
    _ENTRIES
    + "".join(_PARTITION.format(number=number, modulus=PARTITIONS) for number in range(PARTITIONS))
    + _OTHERS
)
