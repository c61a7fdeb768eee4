DROP TABLE voucher;
DROP TABLE quote;
DROP TABLE rate;
