//! What operators see and do. Their own tables are written here; those of the core, of aggregation and of the other portals
//! are only read. Every query has a bound and an index.

mod act;
mod approval;
mod dispute;
mod ledger;
mod party;
mod period;
mod risk;
mod tables;
mod watch;

pub(crate) use act::{ActRow, NewAct, acts, acts_after, append_act, log_head};
pub(crate) use approval::{
    ApprovalRow, approval, approvals, decide_approval, decided_since, drop_approval, finish_approval,
    insert_approval,
};
pub(crate) use dispute::{DisputeRow, dispute_of, open_disputes};
pub(crate) use ledger::{
    AccountRow, LedgerPaymentRow, PaidOutRow, TransferRow, account, accounts, payment_at, payment_of,
    payments_of_account, payouts_of, positions_about, sales_of, system_accounts, transfers_before,
    transfers_between,
};
pub(crate) use party::{HeldRow, PartyRow, accounts_of, parties, party, party_by_number};
pub(crate) use period::open_period;
pub(crate) use risk::{
    RefusedRow, RiskRow, SoldRow, UnusualRow, disputes_since, refusals_in, refused_orders, sold_in,
    unusual_sales,
};
pub(crate) use watch::{
    AnswerRow, CertificateRow, EquationRow, NoticeRow, PendingRow, PeriodRow, answers_since, certificates,
    dead_notices, due_notices, equation, newest_revocation_list, open_standing, payments_between,
    pending_attempts, periods,
};
