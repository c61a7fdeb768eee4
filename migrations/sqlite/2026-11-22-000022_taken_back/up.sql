-- What an external system took back after an attempt had ended, and which break speaks of which attempt.

-- The position of the evidence that it came back.
ALTER TABLE attempt ADD COLUMN returned_at BIGINT;
-- The attempt that came back, if that is what a break is about: a person can have it booked.
ALTER TABLE bank_break ADD COLUMN attempt BIGINT;
