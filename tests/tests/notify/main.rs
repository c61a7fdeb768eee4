//! What leaves by itself, against receivers of other makes: a mail relay, merchants' servers, readers of documents.

mod callbacks;
mod documents;
mod keys;
mod letters;
mod outbox;
mod receipts;
mod relay;
mod serving;
