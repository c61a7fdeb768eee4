-- From an external system's name for something to the attempt that made it: the system speaks of it weeks later.
CREATE INDEX attempt_reference ON attempt (reference) WHERE reference IS NOT NULL;
