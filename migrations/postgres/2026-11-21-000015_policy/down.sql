DROP INDEX dispute_opened;
DROP INDEX sale_hour_hour;
DROP TABLE policy_version;
