//! What a payment *is*: money, ids, parties, terminals, offers, orders, receipts, and the decision.
//!
//! Pure: no I/O, no clock, no randomness, no serialisation, no knowledge of XML or SQL. Time comes in as a
//! [`Timestamp`], policy as a [`Policy`] value. Start at [`decision::decide`].

mod authentication;
mod bank;
mod capture;
mod coupon;
pub mod decision;
mod digest;
mod dispute;
mod exchange;
mod id;
mod label;
mod money;
mod msisdn;
mod offer;
mod order;
mod party;
pub mod policy;
mod posting;
mod purse;
mod receipt;
mod refund;
mod statement;
mod terminal;
mod timestamp;

pub use authentication::{Authentication, InvalidAuthentication};
pub use bank::{
    BankAccount, Bic, EmailAddress, Iban, InvalidBic, InvalidEmailAddress, InvalidIban, InvalidMandateId,
    MandateId,
};
pub use capture::{Capture, CaptureOrder, VoidOrder};
pub use coupon::{
    Campaign, CouponAct, CouponKind, CouponOrder, CouponReceipt, CouponState, Discount, InvalidCampaign,
};
pub use decision::{
    AccountKind, Challenge, Decision, Means, Mode, Question, Reason, Rule, Ruling, Spent, decide,
    decide_deferred, decide_single, decide_transfer, decide_with_coupon,
};
pub use digest::{Digest, InvalidDigest};
pub use dispute::DisputeOrder;
pub use exchange::{InvalidRate, Quote, QuoteRequest, Rate};
pub use id::{
    AttemptId, CampaignId, CaptureId, CouponId, DisputeId, InvalidId, LedgerPosition, OfferId, OrderId,
    QuoteId, RefundId, RequestId,
};
pub use label::{InvalidLabel, Label};
pub use money::{Currency, CurrencyError, MICROS_PER_UNIT, Money, MoneyError};
pub use msisdn::{InvalidMsisdn, Msisdn};
pub use offer::{CouponTerms, InvalidOffer, Offer, Sale};
pub use order::{InvalidOrder, Payer, PaymentOrder};
pub use party::{Channel, ConsumerId, InvalidParty, InvalidRole, MerchantId, PartyId, Pseudonym, Role};
pub use policy::Policy;
pub use posting::{EvidenceKind, Operation, Purpose, SystemAccount, TransferKind};
pub use purse::{RedemptionOrder, RedemptionReceipt, TopUpOrder, TopUpReceipt};
pub use receipt::PaymentReceipt;
pub use refund::{RefundOrder, RefundReceipt};
pub use statement::{
    Bill, CreditNote, InclusionProof, InvalidStatement, Line, PayoutAdvice, Reminder, Statement,
};
pub use terminal::{Capability, Funding, InvalidTerm, Method};
pub use timestamp::{InvalidTimestamp, Timestamp};
