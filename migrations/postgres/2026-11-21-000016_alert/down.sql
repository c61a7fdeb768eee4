ALTER TABLE interest DROP COLUMN little_at;
ALTER TABLE interest DROP COLUMN alerts_since;
DROP TABLE alert_mark;
DROP TABLE alert;
