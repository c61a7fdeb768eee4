//! What is for sale: every merchant's offers of a week, every merchant's campaign of a month. All of it follows from the
//! seed; nothing is remembered.

use payment_domain::{
    Campaign, CampaignId, Capture, CouponTerms, Currency, Discount, Label, MerchantId, Money, Offer, OfferId,
    Sale,
};

use super::dice::Dice;
use super::people::{DAY_MS, MERCHANTS, day_start, dollars};

/// The place of the merchant abroad.
pub const ABROAD: usize = MERCHANTS.len() - 1;
/// How long a campaign runs, in days.
pub const MONTH: u32 = 30;
const WEEK: u32 = 7;

/// What a merchant has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// Down to a millionth.
    Crumb,
    Small,
    Medium,
    /// Too much to aggregate.
    Large,
    /// Authorised when it is ordered.
    Deferred,
    Coupon,
    /// For whoever comes first.
    Once,
    /// Above what anybody may pay.
    Dear,
}

impl Item {
    pub const ALL: [Self; 8] = [
        Self::Crumb,
        Self::Small,
        Self::Medium,
        Self::Large,
        Self::Deferred,
        Self::Coupon,
        Self::Once,
        Self::Dear,
    ];

    /// From and to, in micro-units.
    const fn prices(self) -> (i64, i64) {
        match self {
            Self::Crumb => (1, 50_000),
            Self::Small => (50_000, 2_000_000),
            Self::Medium => (2_000_000, 10_000_000),
            Self::Large => (10_000_001, 90_000_000),
            Self::Deferred => (15_000_000, 200_000_000),
            Self::Coupon => (5_000_000, 40_000_000),
            Self::Once => (1_000_000, 15_000_000),
            Self::Dear => (1_100_000_000, 1_500_000_000),
        }
    }
}

/// An offer by its place: the merchant's item of a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shelf {
    pub week: u32,
    pub merchant: usize,
    pub item: Item,
}

impl Shelf {
    /// What stands there on a day.
    #[must_use]
    pub const fn on(day: u32, merchant: usize, item: Item) -> Self {
        Self { week: day / WEEK, merchant, item }
    }

    fn dice(self, seed: u64) -> Dice {
        let place = u64::try_from(self.merchant).unwrap_or_default();
        Dice::of(seed, &[0x0ffe, u64::from(self.week), place, self.item as u64])
    }

    #[must_use]
    pub fn currency(self) -> Currency {
        if self.merchant == ABROAD { dollars() } else { Currency::EUR }
    }

    #[must_use]
    pub fn merchant_id(self) -> MerchantId {
        merchant_id(self.merchant)
    }

    #[must_use]
    pub fn price(self, seed: u64) -> Money {
        let (least, most) = self.item.prices();
        Money::from_micros(self.dice(seed).between(least, most), self.currency())
    }

    /// The offer, as its merchant writes it at the beginning of the week.
    #[must_use]
    pub fn offer(self, seed: u64) -> Offer {
        let mut dice = self.dice(seed);
        // The price is drawn first.
        dice.number();
        let from = day_start(self.week * WEEK);
        let coupon = (self.item == Item::Coupon).then(|| CouponTerms {
            expires_at: from.saturating_add_millis(dice.between(20, 70) * DAY_MS),
            transferable: dice.happens(700),
        });
        Offer {
            offer_id: OfferId::new(dice.uuid()),
            merchant: self.merchant_id(),
            item: label("ITEM"),
            title: label(&format!("{:?} of week {}", self.item, self.week)),
            price: self.price(seed),
            sale: match self.item {
                Item::Coupon => Sale::Coupon,
                Item::Once => Sale::Single,
                _ => Sale::Catalogue,
            },
            valid_from: from,
            valid_until: from.saturating_add_millis(i64::from(WEEK) * DAY_MS),
            capture: if self.item == Item::Deferred { Capture::Deferred } else { Capture::Immediate },
            coupon,
        }
    }
}

/// What is put up on a day: everything, on the first day of a week.
pub fn new_offers(day: u32) -> impl Iterator<Item = Shelf> {
    let merchants = if day.is_multiple_of(WEEK) { 0..MERCHANTS.len() } else { 0..0 };
    merchants.flat_map(move |merchant| {
        let sells = move |item: &Item| merchant != ABROAD || matches!(item, Item::Small | Item::Medium);
        Item::ALL.into_iter().filter(sells).map(move |item| Shelf::on(day, merchant, item))
    })
}

/// The campaign of a merchant in the month of a day.
#[must_use]
pub fn campaign(seed: u64, day: u32, merchant: usize) -> Campaign {
    let month = day / MONTH;
    let mut dice = Dice::of(seed, &[0xca3b, u64::from(month), u64::try_from(merchant).unwrap_or_default()]);
    let from = day_start(month * MONTH);
    Campaign {
        campaign_id: CampaignId::new(dice.uuid()),
        merchant: merchant_id(merchant),
        title: label(&format!("Month {month}")),
        item: None,
        discount: if dice.happens(500) {
            Discount::Amount(Money::from_micros(dice.between(1, 900_000), Currency::EUR))
        } else {
            Discount::Ppm(dice.below(1_000_000) + 1)
        },
        coupons: dice.below(6) + 1,
        valid_from: from,
        valid_until: from.saturating_add_millis(i64::from(MONTH) * DAY_MS),
    }
}

/// The campaigns that begin on a day.
pub fn new_campaigns(seed: u64, day: u32) -> impl Iterator<Item = Campaign> {
    let merchants = if day.is_multiple_of(MONTH) { 0..ABROAD } else { 0..0 };
    merchants.map(move |merchant| campaign(seed, day, merchant))
}

/// What is left of a price, in micro-units: rounded for the consumer, and never nothing.
#[must_use]
pub fn reduced(price: Money, discount: Discount) -> i64 {
    let off = match discount {
        Discount::Amount(off) => off.micros(),
        Discount::Ppm(ppm) => {
            let exact = i128::from(price.micros()) * i128::from(ppm);
            i64::try_from((exact + 999_999) / 1_000_000).expect("no more than the price")
        }
    };
    (price.micros() - off).max(1)
}

/// A merchant by place.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn merchant_id(place: usize) -> MerchantId {
    MerchantId::parse(MERCHANTS[place]).expect("a name")
}

fn label(text: &str) -> Label {
    Label::parse(text).expect("a label")
}
