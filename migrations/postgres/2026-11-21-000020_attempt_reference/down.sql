DROP INDEX attempt_reference;
