//! What consumers see and change of their own, beyond their payments. The consumer's number is in every `WHERE`.

mod account;
mod bill;
mod course;
mod interest;
mod offer;
mod pseudonym;
mod tables;

pub(crate) use account::{AccountRow, MOST_ACCOUNTS, OpenRow, accounts, open_periods};
pub(crate) use bill::{BillRow, StatementRow, bill, bills, paid_in, statement, statements};
pub(crate) use course::{CourseRow, Happening, course};
pub(crate) use interest::{interest, set_interest};
pub(crate) use offer::{CampaignRow, campaigns, of_campaign, offer};
pub(crate) use pseudonym::pseudonyms;
