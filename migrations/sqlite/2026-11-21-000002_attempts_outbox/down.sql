-- The wider lists of kinds stay: rows may already use them.
DROP TABLE outbox;
DROP INDEX payment_consumer;
DROP INDEX attempt_subject;
ALTER TABLE attempt DROP COLUMN purpose;
ALTER TABLE attempt DROP COLUMN party;
ALTER TABLE attempt DROP COLUMN original;
ALTER TABLE attempt DROP COLUMN action_url;
