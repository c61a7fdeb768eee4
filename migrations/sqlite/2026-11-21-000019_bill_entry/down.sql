ALTER TABLE party DROP COLUMN suspended_for;
DROP INDEX bill_suspended;
DROP TABLE bill_credit;
DROP TABLE bill_entry;
