-- Complaints that wait for a decision, in the order in which operators see them.
CREATE INDEX dispute_waiting ON dispute (id) WHERE state = 'open';
