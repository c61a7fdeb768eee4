//! Files for banks, against the official schemas and against a bank of another make (`peers/bank.py`).
//!
//! Every file that we or the bank write goes through `xmllint`. `desk` stands for the database: it keeps what
//! was sent and posts what a verdict says, and nothing else.

mod desk;
mod flows;
mod schemas;
mod violations;
