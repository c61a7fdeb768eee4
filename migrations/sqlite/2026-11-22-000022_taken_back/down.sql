ALTER TABLE bank_break DROP COLUMN attempt;
ALTER TABLE attempt DROP COLUMN returned_at;
