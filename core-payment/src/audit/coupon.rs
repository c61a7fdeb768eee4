//! Coupons: the life of each, replayed from transfers and signed receipts, is what its row says; together they are what the
//! coupon accounts owe.
//!
//! The journal is read in the order of positions, which is not always that of causes: two writers may have begun their
//! batches the other way round. So nothing here depends on order: values are sums, holders are counted in and out, and
//! what went back to which coupon depends on the total alone. Start at [`Coupons::close`].

pub(super) mod discount;

use std::collections::{BTreeMap, HashMap};

use payment_domain::{CouponAct, CouponId, CouponReceipt, CouponState, CouponTerms, Digest, Funding, Label};
use payment_message::{Message, State};

use super::documents::{Documents, Said};
use super::{AuditReport, place};
use crate::coupon::course::Stage;
use crate::coupon::life::Standing;
use crate::coupon::split;
use crate::storage::coupon::{self, CouponRow, UseRow};
use crate::storage::journal::{EvidenceRow, PaymentRow, TransferRow};
use crate::storage::replay::Page;
use crate::storage::{Conn, StorageError, party, payment};

/// Rows in one page of a table.
const PAGE: i64 = 500;

/// What the journal says of all coupons of value. A coupon is named by the position of the order that bought it.
#[derive(Default)]
pub(super) struct Coupons {
    discounts: discount::Discounts,
    /// What the offers say that sell coupons.
    terms: HashMap<Digest, (Label, CouponTerms)>,
    /// The receipts of purchases.
    bought: HashMap<i64, CouponReceipt>,
    /// Transfers of one coupon's own.
    moved: HashMap<i64, Moved>,
    /// What each payment took from which coupon.
    taken: HashMap<i64, Vec<(CouponId, i64)>>,
    /// What each payment gave back in all.
    restored: HashMap<i64, i64>,
    /// How often each coupon came to somebody, less how often it left them.
    holders: HashMap<CouponId, HashMap<String, i64>>,
    /// Coupons that expired in transfers, less those that expired in words.
    expired: i64,
}

/// The sums of one coupon's own transfers.
#[derive(Debug, Clone, Copy, Default)]
struct Moved {
    bought: i64,
    refund_held: i64,
    refund_paid: i64,
    refund_void: i64,
    expired: i64,
}

impl Moved {
    /// On its way back, not answered yet.
    fn under_way(&self) -> i64 {
        self.refund_held.saturating_sub(self.refund_paid).saturating_sub(self.refund_void)
    }
}

impl Coupons {
    /// Reads one page.
    pub(super) fn replay(
        &mut self,
        conn: &mut Conn,
        page: &Page,
        documents: &Documents,
        report: &mut AuditReport,
    ) -> Result<(), StorageError> {
        for transfer in &page.transfers {
            self.add(transfer);
        }
        for row in &page.evidence {
            let Some(said) = documents.said(row.id) else { continue };
            match (row.kind.as_str(), &said.request, &said.reply) {
                ("offer", Some(Message::Offer(offer)), _) => {
                    self.terms.extend(
                        offer.coupon.map(|terms| {
                            (Message::from(offer.clone()).digest(), (offer.item.clone(), terms))
                        }),
                    );
                }
                ("charge-approved", _, Some(Message::CouponReceipt(receipt))) => {
                    let order = payment::evidence_of(conn, receipt.request_id.as_bytes())?;
                    self.came(receipt, 1);
                    self.bought.extend(order.map(|order| (order.id, receipt.clone())));
                }
                ("charge-approved", _, Some(Message::PaymentReceipt(receipt)))
                    if receipt.funding == Funding::Coupon =>
                {
                    let order = payment::evidence_of(conn, receipt.order_id.as_bytes())?;
                    let id = order.map_or(0, |order| order.id);
                    let spent = of_kind(page, id, "coupon-spent");
                    if spent.len() != receipt.coupons.len() {
                        report.find(place("evidence", row.id), "does not name the coupons that were spent");
                    }
                    let taken = receipt.coupons.iter().copied().zip(spent.iter().map(|spent| spent.micros));
                    self.taken.insert(id, taken.collect());
                }
                ("request", Some(Message::CouponOrder(order)), Some(Message::CouponReceipt(receipt)))
                    if receipt.state == CouponState::Given =>
                {
                    let agrees = matches!(&order.act, CouponAct::Gift { coupon, .. } if *coupon == receipt.coupon)
                        && order.consumer == receipt.holder;
                    if !agrees {
                        report.find(place("evidence", row.id), "gives away something else than was asked");
                    }
                    self.came(receipt, -1);
                }
                ("issued", _, Some(Message::CouponReceipt(receipt))) => self.came(receipt, 1),
                ("declared", ..) => self.expired_in_words(row, said, page, report),
                _ => {}
            }
        }
        self.discounts.replay(conn, page, documents, report)
    }

    fn add(&mut self, transfer: &TransferRow) {
        let Some(kind) = transfer.kind.strip_prefix("coupon-") else { return };
        let sum = match kind {
            // What a payment took is read with its receipt, which says from which coupon.
            "spent" => return,
            "restored" | "disputed" => self.restored.entry(transfer.payment).or_default(),
            _ => {
                let own = self.moved.entry(transfer.payment).or_default();
                match kind {
                    "bought" => &mut own.bought,
                    "refund-hold" => &mut own.refund_held,
                    "refund-paid" => &mut own.refund_paid,
                    "refund-void" => &mut own.refund_void,
                    "expired" => {
                        self.expired = self.expired.saturating_add(1);
                        &mut own.expired
                    }
                    _ => return,
                }
            }
        };
        *sum = sum.saturating_add(transfer.micros);
    }

    fn came(&mut self, receipt: &CouponReceipt, by: i64) {
        let holders = self.holders.entry(receipt.coupon).or_default();
        let count = holders.entry(receipt.holder.as_str().to_owned()).or_default();
        *count = count.saturating_add(by);
    }

    /// What expired was said, and the transfer follows the words.
    fn expired_in_words(&mut self, row: &EvidenceRow, said: &Said, page: &Page, report: &mut AuditReport) {
        let words = String::from_utf8_lossy(&said.words).into_owned();
        let Some(rest) = words.strip_prefix("coupon ") else { return };
        let Some((_, amount)) = rest.split_once(" expired with ") else { return };
        let next = row.id.saturating_add(1);
        let transfer =
            page.transfers.iter().find(|transfer| transfer.id == next && transfer.kind == "coupon-expired");
        let agrees = transfer.is_some_and(|transfer| {
            let bought = self.bought.get(&transfer.payment);
            bought.is_none_or(|receipt| {
                let micros = payment_domain::Money::from_micros(transfer.micros, receipt.face.currency());
                rest.starts_with(&receipt.coupon.to_string()) && amount == micros.to_string()
            })
        });
        if !agrees {
            report.find(place("evidence", row.id), "the coupon and its transfer do not agree");
        }
        self.expired = self.expired.saturating_sub(1);
    }

    /// Compares every row with what the journal says of it.
    pub(super) fn close(mut self, conn: &mut Conn, report: &mut AuditReport) -> Result<(), StorageError> {
        let mut owed: BTreeMap<String, i128> = BTreeMap::new();
        let mut uses = 0_i64;
        let mut after = Vec::new();
        loop {
            let page = coupon::after(conn, &after, PAGE)?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.id);
            for row in &page {
                let left = i128::from(row.remaining_micros).saturating_add(i128::from(row.reserved_micros));
                let total = owed.entry(row.currency.clone()).or_default();
                *total = total.saturating_add(left);
                let used = coupon::uses_from(conn, &row.id)?;
                uses = uses.saturating_add(i64::try_from(used.len()).unwrap_or(i64::MAX));
                if let Some(fault) = self.fault_of(conn, row, &used)? {
                    report.find(coupon_place(row), fault);
                }
            }
        }
        for position in self.bought.keys() {
            report.find(place("payment", *position), "bought a coupon that is not there");
        }
        for (payment, _) in self.taken.iter().filter(|(_, left)| !left.is_empty()) {
            report.find(place("payment", *payment), "was paid with coupons that do not say so");
        }
        if uses != coupon::use_count(conn)? {
            report.find("coupon_use", "uses of coupons that are not there");
        }
        if self.expired != 0 {
            report.find("transfer", format!("{} coupons expired without words", self.expired));
        }
        for (currency, balance) in coupon::owed(conn)? {
            let left = owed.remove(&currency).unwrap_or_default();
            if left != i128::from(balance) {
                let fault = format!("owes {balance} for coupons in {currency}, of which {left} are left");
                report.find("account", fault);
            }
        }
        for (currency, left) in owed.into_iter().filter(|(_, left)| *left != 0) {
            report
                .find("account", format!("owes nothing for coupons in {currency}, of which {left} are left"));
        }
        self.discounts.close(conn, report)
    }

    /// What is wrong with a coupon; takes what is accounted for out of the books.
    fn fault_of(
        &mut self,
        conn: &mut Conn,
        row: &CouponRow,
        uses: &[UseRow],
    ) -> Result<Option<&'static str>, StorageError> {
        let Some(receipt) = self.bought.remove(&row.position) else { return Ok(Some("was never bought")) };
        let Some(paid) = payment::payment_at(conn, row.position)? else {
            return Ok(Some("has no payment"));
        };
        if !self.is_as_sold(conn, row, &receipt, &paid)? {
            return Ok(Some("is not as it was sold"));
        }
        let moved = self.moved.get(&row.position).copied().unwrap_or_default();
        let Some(sums) = self.uses_agree(conn, row, uses)? else {
            return Ok(Some("its uses are not what its payments say"));
        };
        let left = moved.bought.saturating_sub(moved.refund_held).saturating_add(moved.refund_void);
        let left =
            left.saturating_sub(moved.expired).saturating_sub(sums.spent).saturating_add(sums.restored);
        if row.remaining_micros.saturating_add(row.reserved_micros) != left
            || row.reserved_micros != sums.open
        {
            return Ok(Some("what is left of it is not what its transfers leave"));
        }
        if !stands(row, &moved, &sums) {
            return Ok(Some("does not stand where its transfers leave it"));
        }
        let holder = party::by_id(conn, row.holder)?.map(|party| party.name).unwrap_or_default();
        let mut came = self.holders.remove(&receipt.coupon).unwrap_or_default().into_iter();
        let held_right = came.all(|(name, count)| count == i64::from(name == holder));
        Ok((!held_right).then_some("is held by somebody to whom it did not come"))
    }

    fn is_as_sold(
        &self,
        conn: &mut Conn,
        row: &CouponRow,
        receipt: &CouponReceipt,
        paid: &PaymentRow,
    ) -> Result<bool, StorageError> {
        let digest: Option<[u8; 32]> = paid.offer_digest.as_slice().try_into().ok();
        let terms = digest.and_then(|digest| self.terms.get(&Digest::new(digest)));
        let charge = payment::attempt_by_id(conn, row.charge)?;
        let merchant = party::by_id(conn, row.merchant)?;
        let charged = charge.is_some_and(|charge| {
            charge.payment == row.position && charge.kind == "charge" && charge.state == "approved"
        });
        let signed = terms.is_some_and(|(item, terms)| {
            item.as_str() == row.series
                && terms.expires_at.as_millis() == row.expires_at
                && terms.transferable == row.transferable
                && *item == receipt.series
                && terms.expires_at == receipt.expires_at
                && terms.transferable == receipt.transferable
        });
        let moved = self.moved.get(&row.position).map_or(0, |moved| moved.bought);
        Ok(charged
            && signed
            && merchant.is_some_and(|merchant| merchant.name == receipt.merchant.as_str())
            && row.id == receipt.coupon.as_bytes()
            && (row.merchant, row.buyer) == (paid.merchant, paid.consumer)
            && row.not_before == receipt.issued_at.as_millis()
            && row.currency == receipt.face.currency().as_str()
            && [row.face_micros, receipt.remaining.micros(), paid.micros, moved]
                .iter()
                .all(|micros| *micros == receipt.face.micros()))
    }

    /// The sums of a coupon's uses, if each is what its payment says.
    fn uses_agree(
        &mut self,
        conn: &mut Conn,
        row: &CouponRow,
        uses: &[UseRow],
    ) -> Result<Option<Sums>, StorageError> {
        let mut sums = Sums::default();
        for used in uses {
            let Some(paid) = payment::payment_at(conn, used.payment)? else { return Ok(None) };
            let restored = self.restored.get(&used.payment).copied().unwrap_or_default();
            let agrees = match used.stage() {
                None => false,
                Some(Stage::Spent) => {
                    sums.spent = sums.spent.saturating_add(used.micros);
                    sums.restored = sums.restored.saturating_add(used.restored_micros);
                    let all = coupon::uses_of(conn, used.payment)?;
                    paid.state == "accepted"
                        && went_back(&all, used, restored)
                        && self.take(used.payment, &row.id, used.micros)
                }
                Some(Stage::Released) => paid.state == "declined" && used.restored_micros == 0,
                Some(_) => {
                    sums.open = sums.open.saturating_add(used.micros);
                    paid.state == "pending" && used.restored_micros == 0
                }
            };
            let theirs = paid.funding == Funding::Coupon.as_str() && paid.merchant == row.merchant;
            if !agrees || !theirs {
                return Ok(None);
            }
        }
        Ok(Some(sums))
    }

    /// Takes one coupon of a payment out of the books. `false` if the payment did not take just that from it.
    fn take(&mut self, payment: i64, coupon: &[u8], micros: i64) -> bool {
        let Some(taken) = self.taken.get_mut(&payment) else { return false };
        let found = taken.iter().position(|(id, part)| id.as_bytes() == coupon && *part == micros);
        found.map(|found| taken.swap_remove(found)).is_some()
    }
}

/// The sums of a coupon's uses.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    spent: i64,
    restored: i64,
    open: i64,
}

fn went_back(all: &[UseRow], used: &UseRow, total: i64) -> bool {
    let taken: Vec<_> = all.iter().map(|row| row.micros).collect();
    let back = split::give_back(&taken, total).unwrap_or_default();
    let here = all.iter().zip(back).find(|(row, _)| row.place == used.place);
    here.is_some_and(|(_, back)| back == used.restored_micros)
}

/// Whether a coupon stands where its sums leave it.
fn stands(row: &CouponRow, moved: &Moved, sums: &Sums) -> bool {
    let under_way = moved.under_way();
    let Some(standing) = row.standing() else { return false };
    let extended = row.usable_until != row.expires_at;
    let fits = match standing {
        Standing::Held => row.remaining_micros > 0,
        Standing::Reserved => sums.open > 0,
        Standing::Spent => row.remaining_micros == 0 && sums.spent > 0,
        Standing::Expired => row.remaining_micros == 0 && moved.expired > 0,
        Standing::Refunding => under_way > 0,
        Standing::Refunded => row.remaining_micros == 0 && moved.refund_paid > 0,
    };
    fits && under_way >= 0
        && (under_way > 0) == (standing == Standing::Refunding)
        && (sums.open > 0) == (standing == Standing::Reserved)
        && row.usable_until >= row.expires_at
        && (!extended || sums.restored > 0)
}

/// Whether the end of a single payment that coupons are about agrees with what was posted; `None` for any other.
pub(super) fn end_agrees(
    reply: Option<&Message>,
    payment: &PaymentRow,
    posted: &[&TransferRow],
    settled_at: i64,
) -> Option<bool> {
    let of = |kind: &str| posted.iter().filter(|transfer| transfer.kind == kind).copied().collect::<Vec<_>>();
    let (bought, spent) = (of("coupon-bought"), of("coupon-spent"));
    match reply {
        Some(Message::CouponReceipt(receipt)) => Some(
            matches!(bought.as_slice(), [transfer] if transfer.credit == payment.merchant_account
                && transfer.micros == payment.micros)
                && payment.state == "accepted"
                && receipt.position.value() == settled_at
                && receipt.state == CouponState::Held
                && receipt.face.micros() == payment.micros
                && receipt.face.currency().as_str() == payment.currency
                && spent.is_empty()
                && of("payment").is_empty(),
        ),
        Some(Message::PaymentReceipt(receipt)) if payment.funding == Funding::Coupon.as_str() => {
            let sum = spent.iter().try_fold(0_i64, |sum, transfer| sum.checked_add(transfer.micros));
            Some(
                sum == Some(payment.micros)
                    && spent.iter().all(|transfer| transfer.credit == payment.merchant_account)
                    && payment.state == "accepted"
                    && receipt.funding == Funding::Coupon
                    && receipt.position.value() == settled_at
                    && receipt.rule.as_str() == payment.rule
                    && receipt.amount.micros() == payment.micros
                    && receipt.amount.currency().as_str() == payment.currency
                    && of("payment").is_empty(),
            )
        }
        _ if !bought.is_empty() || !spent.is_empty() => Some(false),
        _ => None,
    }
}

/// Whether a payment is paid with coupons of value: each of its attempts has evidence of its own.
pub(super) fn pays(conn: &mut Conn, position: i64) -> Result<bool, StorageError> {
    let paid = payment::payment_at(conn, position)?;
    Ok(paid.is_some_and(|paid| paid.funding == Funding::Coupon.as_str()))
}

/// What a merchant gave back into coupons in the transfers that follow the evidence at a position.
pub(super) fn restored_after(page: &Page, position: i64) -> i64 {
    let mut next = position.saturating_add(1);
    let mut sum = 0_i64;
    for transfer in page.transfers.iter().filter(|transfer| transfer.kind == "coupon-restored") {
        if transfer.id == next {
            sum = sum.saturating_add(transfer.micros);
            next = next.saturating_add(1);
        }
    }
    sum
}

fn of_kind<'p>(page: &'p Page, payment: i64, kind: &str) -> Vec<&'p TransferRow> {
    page.transfers.iter().filter(|transfer| transfer.payment == payment && transfer.kind == kind).collect()
}

fn coupon_place(row: &CouponRow) -> String {
    match <[u8; 16]>::try_from(row.id.as_slice()) {
        Ok(id) => format!("coupon {}", CouponId::from_bytes(id)),
        Err(_) => place("coupon", row.position),
    }
}

/// A campaign is deposited by a report that says so.
fn is_deposit(reply: Option<&Message>) -> bool {
    matches!(reply, Some(Message::StatusReport(status)) if status.state == State::Deposited)
}
