//! What merchants see and change of their own. The merchant's number is in every `WHERE`; only a pay link and an API key,
//! which nobody can guess, are found by themselves.

mod act;
mod api_key;
mod hosted_key;
mod item;
mod link;
mod notice;
mod payout;
mod tables;

pub(crate) use act::{ActRow, end_act, keep_act};
pub(crate) use api_key::{ApiKeyRow, api_keys, delete_api_key, insert_api_key, use_api_key};
pub(crate) use hosted_key::{HostedKeyRow, drop_hosted_key, hosted_key, hosted_keys, insert_hosted_key};
pub(crate) use item::{ItemRow, insert_item, item, items, update_item};
pub(crate) use link::{
    LinkOfferRow, LinkRow, close_link, deposited, insert_link, keep_offer, link_by_id, links, newest_offer,
    sold, spoil_offer,
};
pub(crate) use notice::{CampaignRow, DisputeRow, NoticeRow, callbacks, campaigns, disputes, is_callback};
pub(crate) use payout::{FeeRow, PayoutRow, StandingRow, fee_schedules, payout, payouts, standings};
