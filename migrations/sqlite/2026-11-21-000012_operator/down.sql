DROP INDEX refusal_hour_hour;
DROP INDEX outbox_dead;
DROP INDEX certificate_end;
DROP INDEX party_role;
ALTER TABLE bank_file DROP COLUMN released_at;
DROP TABLE operator_approval;
DROP TABLE operator_act;
DROP TABLE operator_log;
