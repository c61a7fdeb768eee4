-- Letters that consumers asked for: one for every payment, or when little is left. A row waits here from when the read model
-- has taken the payment until its letter is sent or given up, a day at most; it says nothing but whose payment it is.
CREATE TABLE alert (
    -- The payment.
    id BIGINT PRIMARY KEY,
    consumer BIGINT NOT NULL REFERENCES party (id),
    -- Whether this letter is the one of its day that says that little is left.
    little BIGINT NOT NULL CHECK (little IN (0, 1)),
    -- How often sending it was begun.
    tries BIGINT NOT NULL,
    -- When it is tried next; while it is tried, when another worker may.
    due_at BIGINT NOT NULL
);
CREATE INDEX alert_due ON alert (due_at, id);

-- Batches of each node through which payments were looked at for letters. It stays when the read model is folded again from
-- zero: nothing is sent twice by that.
CREATE TABLE alert_mark (
    node SMALLINT PRIMARY KEY,
    batch BIGINT NOT NULL
);
INSERT INTO alert_mark (node, batch) SELECT node, batch FROM sale_cursor;

-- From when on payments may ask for letters; NULL: never. Which letters is sealed, like everything else.
ALTER TABLE interest ADD COLUMN alerts_since BIGINT;
UPDATE interest SET alerts_since = changed_at;
-- When it was last said that little is left.
ALTER TABLE interest ADD COLUMN little_at BIGINT;
