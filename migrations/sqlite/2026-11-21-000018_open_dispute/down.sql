DROP INDEX dispute_waiting;
