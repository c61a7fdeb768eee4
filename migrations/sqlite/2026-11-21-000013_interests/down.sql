DROP INDEX campaign_until;
DROP TABLE interest;
