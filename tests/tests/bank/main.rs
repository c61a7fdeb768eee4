//! Files for banks, against the official schemas and against a bank of another make (`peers/bank.py`).
//!
//! Every file that we or the bank write goes through `xmllint`. In `flows` a `desk` stands for the database: it keeps what
//! was sent and posts what a verdict says, and nothing else. `money`, `returned` and `trouble` go through the ledger (`stage`), and
//! `commands` and `periods` through the program.

mod commands;
mod desk;
mod flows;
mod money;
mod periods;
mod returned;
mod schemas;
mod stage;
mod taking_back;
mod trouble;
mod violations;
