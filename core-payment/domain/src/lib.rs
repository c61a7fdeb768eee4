//! What a payment *is*: money, ids, parties, terminals, offers, orders, receipts, and the decision.
//!
//! Pure: no I/O, no clock, no randomness, no serialisation, no knowledge of XML or SQL. Time comes in as a
//! [`Timestamp`], policy as a [`Policy`] value. Start at [`decision::decide`].

mod bank;
pub mod decision;
mod digest;
mod id;
mod label;
mod money;
mod msisdn;
mod offer;
mod order;
mod party;
pub mod policy;
mod posting;
mod receipt;
mod refund;
mod terminal;
mod timestamp;

pub use bank::{
    BankAccount, Bic, EmailAddress, Iban, InvalidBic, InvalidEmailAddress, InvalidIban, InvalidMandateId,
    MandateId,
};
pub use decision::{
    AccountKind, Challenge, Decision, Means, Mode, Question, Reason, Rule, Ruling, Spent, decide,
};
pub use digest::{Digest, InvalidDigest};
pub use id::{AttemptId, InvalidId, LedgerPosition, OfferId, OrderId, RefundId, RequestId};
pub use label::{InvalidLabel, Label};
pub use money::{Currency, CurrencyError, MICROS_PER_UNIT, Money, MoneyError};
pub use msisdn::{InvalidMsisdn, Msisdn};
pub use offer::{InvalidOffer, Offer, Sale};
pub use order::{InvalidOrder, Payer, PaymentOrder};
pub use party::{Channel, ConsumerId, InvalidParty, InvalidRole, MerchantId, PartyId, Pseudonym, Role};
pub use policy::Policy;
pub use posting::{EvidenceKind, Operation, Purpose, SystemAccount, TransferKind};
pub use receipt::PaymentReceipt;
pub use refund::{RefundOrder, RefundReceipt};
pub use terminal::{Capability, Funding, InvalidTerm, Method};
pub use timestamp::{InvalidTimestamp, Timestamp};
