//! What a consumer has at their portal, made as people make it: by its forms.

use anyhow::{Context as _, Result, ensure};
use payment_domain::{CouponTerms, Sale};

use crate::portal::Visitor;
use crate::scene::Scene;
use crate::shop::{decide, part, pay_at};
use crate::{clock, random};

/// What a consumer has an address for, as it stands in the braces of routes.
#[derive(Debug, Clone)]
pub struct Belongings {
    /// A payment that is in a bill, and asked back.
    pub order: String,
    /// An order that waits at the checkout.
    pub waiting: String,
    /// A top-up that waits to be confirmed.
    pub instruction: String,
    /// A bill or statement.
    pub bill: String,
    pub coupon: String,
    /// The certificate of an app that pays.
    pub serial: String,
}

/// Routes with something in them that is everybody's.
pub const EVERYBODYS: [&str; 4] =
    ["/pay/{offer}", "/pay/{offer}/checked", "/campaigns/{campaign}", "/l/{link}"];

/// How many payments they were.
pub const PAYMENTS: u64 = 2;

impl Belongings {
    /// One of everything for somebody who is signed in, pays in first, and is called so in town.
    ///
    /// # Errors
    /// If a form does not do what it should.
    pub async fn of(scene: &Scene, who: &mut Visitor, name: &str) -> Result<Self> {
        let offer = |price| scene.deposit(scene.town.offer("parking", price));
        let order = pay_at(who, &format!("/pay/{}", offer("1.80").await?.digest)).await?;
        let expires_at = clock::now().saturating_add_millis(30 * 24 * 60 * 60 * 1000);
        let voucher = scene.town.offer("parking", "2.00").with(|offer| {
            offer.sale = Sale::Coupon;
            offer.coupon = Some(CouponTerms { expires_at, transferable: true });
        });
        pay_at(who, &format!("/pay/{}", scene.deposit(voucher).await?.digest)).await?;
        let request = format!("/payments/{order}/request");
        let page = who.get(&request).await?.shown()?;
        let asked = [("amount", "0.10"), ("reason", "It was raining")];
        who.submit(&page, &request, &asked).await?.leads()?;
        scene.app.command(&["close-period", "--all"])?;

        let (_, waiting) = decide(who, &format!("/pay/{}", offer("0.30").await?.digest)).await?;
        let page = who.get("/top-up").await?.shown()?;
        let instruction = who.submit(&page, "/top-up", &[("amount", "20")]).await?.leads()?.to_owned();
        let bill = who.get("/bills").await?.shown()?.link("/bills/").context("no bill")?;
        let coupon = who.get("/coupons").await?.shown()?.link("/coupons/").context("no coupon")?;
        Ok(Self {
            order,
            waiting: part(Some(waiting), 2)?,
            instruction: part(Some(instruction), 2)?,
            bill: part(Some(bill), 2)?,
            coupon: part(Some(coupon), 2)?,
            serial: scene.town.party(name).credential.certificate().serial().to_string(),
        })
    }

    /// Things of the same form that nobody has.
    #[must_use]
    pub fn of_nobody() -> Self {
        let id = || random::uuid().to_string();
        Self {
            order: id(),
            waiting: id(),
            instruction: id(),
            bill: "4611686018427387904".to_owned(),
            coupon: id(),
            serial: "7f0102030405060708090a0b0c0d0e0f10111213".to_owned(),
        }
    }

    /// The address of a route with these things in its braces.
    ///
    /// # Errors
    /// If there is no such thing here.
    pub fn address(&self, path: &str) -> Result<String> {
        let order = if path.starts_with("/pay/") { &self.waiting } else { &self.order };
        let pairs = [
            ("{order}", order),
            ("{number}", &self.bill),
            ("{coupon}", &self.coupon),
            ("{serial}", &self.serial),
            ("{id}", &self.instruction),
        ];
        let filled = pairs.iter().fold(path.to_owned(), |path, (name, thing)| path.replace(name, thing));
        ensure!(!filled.contains(['{', '}']), "{path} has a thing in it that is unknown here");
        Ok(filled)
    }
}
