DROP TABLE bank_break;
DROP TABLE bank_answer;
DROP TABLE bank_entry;
DROP TABLE bank_file;
