DROP TABLE instruction;
