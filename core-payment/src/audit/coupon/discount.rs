//! Campaigns and discount coupons: as the merchants signed them, claimed once a consumer, used once, at the right price.

use std::collections::HashMap;

use payment_domain::{
    Campaign, CampaignId, CouponAct, CouponId, CouponKind, Digest, Funding, Money, PaymentReceipt,
};
use payment_message::Message;

use super::super::AuditReport;
use super::super::documents::Documents;
use super::{PAGE, is_deposit};
use crate::coupon::discount::reduce;
use crate::storage::coupon::campaign::{self, CampaignRow, ClaimRow};
use crate::storage::replay::Page;
use crate::storage::{Conn, StorageError, party, payment};

/// What the journal says of discounts.
#[derive(Default)]
pub(super) struct Discounts {
    campaigns: HashMap<CampaignId, Campaign>,
    /// Who claimed which coupon of which campaign, and where.
    claims: HashMap<CouponId, Claimed>,
    used: HashMap<CouponId, Used>,
}

struct Claimed {
    campaign: CampaignId,
    consumer: String,
    position: i64,
}

/// A payment that was made cheaper.
struct Used {
    order: [u8; 16],
    offer: Digest,
    amount: Money,
}

impl Discounts {
    /// Reads one page.
    pub(super) fn replay(
        &mut self,
        conn: &mut Conn,
        page: &Page,
        documents: &Documents,
        report: &mut AuditReport,
    ) -> Result<(), StorageError> {
        for row in &page.evidence {
            let Some(said) = documents.said(row.id) else { continue };
            match (row.kind.as_str(), &said.request, &said.reply) {
                ("request", Some(Message::Campaign(campaign)), reply) => {
                    let registered = campaign::by_id(conn, campaign.campaign_id.as_bytes())?;
                    let merchant = row.sender.is_some_and(|sender| {
                        registered.as_ref().is_some_and(|registered| registered.merchant == sender)
                    });
                    let signed = registered.is_some_and(|registered| {
                        registered.is_as_signed(campaign) && registered.position == row.id
                    });
                    if !merchant || !signed || !is_deposit(reply.as_ref()) {
                        let place = format!("campaign {}", campaign.campaign_id);
                        report.find(place, "is missing, or not as the merchant signed it");
                    }
                    self.campaigns.insert(campaign.campaign_id, campaign.clone());
                }
                ("request", Some(Message::CouponOrder(order)), Some(Message::CouponReceipt(receipt)))
                    if receipt.kind == CouponKind::Discount =>
                {
                    if let CouponAct::Claim(campaign) = order.act {
                        let consumer = order.consumer.as_str().to_owned();
                        let claimed = Claimed { campaign, consumer, position: row.id };
                        self.claims.insert(receipt.coupon, claimed);
                    }
                }
                ("order" | "charge-approved", _, Some(Message::PaymentReceipt(receipt))) => {
                    self.paid(receipt, report);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn paid(&mut self, receipt: &PaymentReceipt, report: &mut AuditReport) {
        if receipt.funding == Funding::Coupon {
            return;
        }
        for coupon in &receipt.coupons {
            let used = Used {
                order: *receipt.order_id.as_bytes(),
                offer: receipt.offer_digest,
                amount: receipt.amount,
            };
            if self.used.insert(*coupon, used).is_some() {
                report.find(format!("coupon {coupon}"), "made two payments cheaper");
            }
        }
    }

    /// Compares every row with what the journal says of it.
    pub(super) fn close(mut self, conn: &mut Conn, report: &mut AuditReport) -> Result<(), StorageError> {
        let mut claimed: HashMap<Vec<u8>, i64> = HashMap::new();
        let mut after = Vec::new();
        loop {
            let page = campaign::claims_after(conn, &after, PAGE)?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.id);
            for row in &page {
                let count = claimed.entry(row.campaign.clone()).or_default();
                *count = count.saturating_add(1);
                if let Some(fault) = self.fault_of(conn, row)? {
                    report.find(named("coupon", &row.id), fault);
                }
            }
        }
        for coupon in self.claims.keys() {
            report.find(format!("coupon {coupon}"), "was claimed and is not there");
        }
        for coupon in self.used.keys() {
            report.find(format!("coupon {coupon}"), "made a payment cheaper and does not say so");
        }
        after.clear();
        loop {
            let page = campaign::after(conn, &after, PAGE)?;
            let Some(last) = page.last() else { return Ok(()) };
            after.clone_from(&last.id);
            for row in &page {
                self.count_agrees(row, claimed.get(&row.id).copied().unwrap_or_default(), report);
            }
        }
    }

    fn count_agrees(&self, row: &CampaignRow, claimed: i64, report: &mut AuditReport) {
        let id: Option<[u8; 16]> = row.id.as_slice().try_into().ok();
        let known = id.is_some_and(|id| self.campaigns.contains_key(&CampaignId::from_bytes(id)));
        if !known || row.claimed != claimed {
            let fault = format!("says that {} coupons were claimed, of {claimed}", row.claimed);
            report.find(
                named("campaign", &row.id),
                if known { fault } else { "was never deposited".to_owned() },
            );
        }
    }

    fn fault_of(&mut self, conn: &mut Conn, row: &ClaimRow) -> Result<Option<&'static str>, StorageError> {
        let id: Option<[u8; 16]> = row.id.as_slice().try_into().ok();
        let Some(id) = id.map(CouponId::from_bytes) else { return Ok(Some("has no id")) };
        let Some(claimed) = self.claims.remove(&id) else { return Ok(Some("was never claimed")) };
        let consumer = party::by_id(conn, row.consumer)?.map(|party| party.name);
        let theirs = consumer.as_deref() == Some(&*claimed.consumer)
            && row.campaign == claimed.campaign.as_bytes()
            && row.position == claimed.position;
        if !theirs {
            return Ok(Some("is not as it was claimed"));
        }
        let used = self.used.remove(&id);
        let paid = match row.payment {
            Some(position) => payment::payment_at(conn, position)?,
            None => None,
        };
        let agrees = match (row.state.as_str(), paid, &used) {
            ("held", None, None) => row.payment.is_none(),
            ("reserved", Some(paid), None) => paid.state == "pending",
            ("spent", Some(paid), Some(used)) => paid.state == "accepted" && paid.order_id == used.order,
            _ => false,
        };
        if !agrees {
            return Ok(Some("does not stand where its payment leaves it"));
        }
        let reduced = match used {
            Some(used) => self.is_reduced(conn, &claimed, &used)?,
            None => true,
        };
        Ok((!reduced).then_some("did not take off what its campaign says"))
    }

    fn is_reduced(&self, conn: &mut Conn, claimed: &Claimed, used: &Used) -> Result<bool, StorageError> {
        let offer = payment::offer_by_digest(conn, used.offer.as_bytes())?;
        let campaign = self.campaigns.get(&claimed.campaign);
        let Some((offer, campaign)) = offer.zip(campaign) else { return Ok(false) };
        let price = Money::from_micros(offer.micros, used.amount.currency());
        let reduced = reduce(price, campaign.discount);
        Ok(offer.currency == used.amount.currency().as_str()
            && reduced.is_some_and(|reduced| reduced.amount == used.amount))
    }
}

fn named(table: &str, id: &[u8]) -> String {
    match <[u8; 16]>::try_from(id) {
        Ok(id) => format!("{table} {}", CouponId::from_bytes(id)),
        Err(_) => table.to_owned(),
    }
}
