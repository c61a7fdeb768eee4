-- The wider list of states stays: rows may already use it.
DROP INDEX attempt_settled;
ALTER TABLE offer DROP COLUMN capture;
