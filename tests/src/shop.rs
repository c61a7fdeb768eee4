//! Shops at the merchants' portal, made as people make them: by its forms.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use crate::database::Database;
use crate::portal::{Page, Portals, Visitor};
use crate::random;
use crate::town::people::ALICE_NUMBER;

/// A town with portals, and somebody who buys.
pub struct Street {
    pub portals: Portals,
    /// Alice, signed in: prepaid with EUR 100.00.
    pub buyer: Visitor,
    payments: u64,
}

/// A shop, with whoever it belongs to in front of a browser.
pub struct Shop {
    pub owner: Visitor,
    pub things: Things,
}

/// What a shop has an address for, as it stands in the braces of routes.
#[derive(Debug, Clone, Default)]
pub struct Things {
    pub order: String,
    pub payout: String,
    pub item: String,
    pub link: String,
    /// Where the link leads consumers, from the first slash on.
    pub link_address: String,
    pub callback: String,
    pub serial: String,
    pub api_key: String,
    /// The key itself.
    pub secret: String,
    pub member: String,
    pub invitation: String,
}

/// Everybody is paid out, whatever it is.
const SETTINGS: &str = "[aggregation]\nevery_ms = 200\n[aggregation.fees]\nminimum = '0.01'\n";

/// How long the portal may take to see what was done elsewhere.
const PATIENCE: Duration = Duration::from_secs(15);

/// What nobody is or has.
const NOBODY: &str = "4611686018427387904";

impl Street {
    /// A town without shops.
    ///
    /// # Errors
    /// If it does not come up.
    pub async fn open(database: Database) -> Result<Self> {
        let portals = Portals::open_with(database, SETTINGS).await?;
        let mut buyer = portals.browser()?;
        buyer.sign_in(ALICE_NUMBER).await?;
        Ok(Self { portals, buyer, payments: 0 })
    }

    /// A shop whose key the portal keeps, and which sells one item for EUR 2.40 by a pay link.
    ///
    /// # Errors
    /// If a form does not do what it should.
    pub async fn shop(&self, reach: &str, business: &str, title: &str) -> Result<Shop> {
        let mut owner = self.portals.merchant_browser()?;
        owner.sign_in_as(reach, "Owner", business).await?;
        let mut shop = Shop { owner, things: Things::default() };
        let page = shop.owner.get("/certificates").await?.shown()?;
        shop.owner.submit(&page, "/certificates/host", &[]).await?.leads()?;
        shop.things.item = shop.add("Z7", title).await?;
        shop.things.link_address = shop.make_link("").await?;
        let page = shop.owner.get("/links").await?.shown()?;
        shop.things.link = part(page.actions("/links/").pop(), 2)?;
        let page = shop.owner.get("/certificates").await?.shown()?;
        let certificates = page.text.split("/certificates/").filter_map(|rest| rest.split_once("/revoke"));
        let serials = certificates.map(|(serial, _)| serial).filter(|text| !text.contains(' '));
        shop.things.serial = serials.last().context("no certificate in force")?.to_owned();
        Ok(shop)
    }

    /// Buys what a shop's link leads to, from the balance. Returns the order once the shop sees it.
    ///
    /// # Errors
    /// If it is not paid, or not seen.
    pub async fn buy(&mut self, shop: &mut Shop) -> Result<String> {
        let order = pay(&mut self.buyer, &shop.things.link_address).await?;
        self.payments += 1;
        until(&mut shop.owner, &format!("/payments/{order}"), &order).await?;
        Ok(order)
    }

    /// Asks for money back.
    ///
    /// # Errors
    /// If it is not asked for.
    pub async fn ask_back(&mut self, order: &str, amount: &str, reason: &str) -> Result<()> {
        let address = format!("/payments/{order}/request");
        let page = self.buyer.get(&address).await?.shown()?;
        let sent = self.buyer.submit(&page, &address, &[("amount", amount), ("reason", reason)]).await?;
        ensure!(sent.leads()? == format!("/payments/{order}"), "{sent:?}");
        Ok(())
    }

    /// Draws up the payouts of everything that was sold so far.
    ///
    /// # Errors
    /// If there is nothing to pay out.
    pub fn pay_out(&self) -> Result<()> {
        let closed = self.portals.scene.app.command(&["close-period", "--all", "--of", "merchants"])?;
        ensure!(!closed.contains("payouts        0"), "{closed}");
        Ok(())
    }

    /// Gives a shop one of everything else: a payment that is asked back, a payout, a callback, an API key, an invitation.
    ///
    /// # Errors
    /// If a form does not do what it should.
    pub async fn furnish(&mut self, shop: &mut Shop) -> Result<()> {
        let page = shop.owner.get("/callbacks").await?.shown()?;
        shop.owner.submit(&page, "/callbacks", &[("url", "https://localhost:1/told")]).await?.shown()?;
        shop.make_key("Accounting").await?;
        shop.invite(&format!("guest-{}@example.org", random::uuid()), "viewer").await?;
        shop.things.order = self.buy(shop).await?;
        self.ask_back(&shop.things.order, "0.10", "It was raining").await?;
        self.pay_out()?;
        let mut sql = self.portals.scene.database.sql()?;
        shop.things.payout = sql.number("SELECT MAX(position) FROM payout")?.to_string();
        let callback = "SELECT MAX(id) FROM outbox WHERE kind = 'callback'";
        shop.things.callback = sql.number(callback)?.to_string();
        Ok(())
    }

    /// Invites somebody into a shop's team, who joins.
    ///
    /// # Errors
    /// If they cannot.
    pub async fn join(&self, shop: &mut Shop, reach: &str, role: &str) -> Result<Visitor> {
        shop.invite(reach, role).await?;
        let mut member = self.portals.merchant_browser()?;
        member.sign_in_as(reach, role, "").await?;
        let page = shop.owner.get("/team").await?.shown()?;
        let mut roles = page.actions("/team/").into_iter().filter(|action| action.ends_with("/role"));
        shop.things.member = part(roles.next_back(), 2)?;
        Ok(member)
    }

    /// Stops the server and runs the audit.
    ///
    /// # Errors
    /// With what it finds.
    pub fn close(mut self) -> Result<()> {
        self.portals.scene.close(self.payments)
    }
}

impl Shop {
    /// Adds an item for EUR 2.40, and returns its number.
    ///
    /// # Errors
    /// If it is not taken.
    pub async fn add(&mut self, code: &str, title: &str) -> Result<String> {
        let page = self.owner.get("/items/new").await?.shown()?;
        let item = [("code", code), ("title", title), ("price", "2.40"), ("terms", "As seen.")];
        part(Some(self.owner.submit(&page, "/items", &item).await?.leads()?.to_owned()), 2)
    }

    /// Makes a pay link that can be used so often, or any number of times. Returns where it leads consumers, from the first
    /// slash on.
    ///
    /// # Errors
    /// If it is not made.
    pub async fn make_link(&mut self, uses: &str) -> Result<String> {
        let item = format!("/items/{}", self.things.item);
        let page = self.owner.get(&item).await?.shown()?;
        self.owner.submit(&page, &format!("{item}/links"), &[("uses", uses)]).await?.leads()?;
        // The newest is the first.
        let page = self.owner.get("/links").await?.shown()?;
        let (_, address) = page.copied()?.split_once("://").map(own).context("a whole address")?;
        Ok(format!("/{}", address.split_once('/').context("a path")?.1))
    }

    /// Makes a key for a program.
    ///
    /// # Errors
    /// If it is not made.
    pub async fn make_key(&mut self, name: &str) -> Result<()> {
        let page = self.owner.get("/api-keys").await?.shown()?;
        let made = self.owner.submit(&page, "/api-keys", &[("name", name)]).await?.shown()?;
        self.things.secret = made.copied()?;
        let page = self.owner.get("/api-keys").await?.shown()?;
        self.things.api_key = part(page.actions("/api-keys/").pop(), 2)?;
        Ok(())
    }

    /// Invites somebody into the team.
    ///
    /// # Errors
    /// If they are not invited.
    pub async fn invite(&mut self, reach: &str, role: &str) -> Result<()> {
        let page = self.owner.get("/team").await?.shown()?;
        self.owner.submit(&page, "/team/invite", &[("reach", reach), ("role", role)]).await?.leads()?;
        let page = self.owner.get("/team").await?.shown()?;
        self.things.invitation = part(page.actions("/team/invitations/").pop(), 3)?;
        Ok(())
    }

    /// Gives a part of a payment back.
    ///
    /// # Errors
    /// If there is no answer.
    pub async fn refund(&mut self, order: &str, fields: &[(&str, &str)]) -> Result<Page> {
        let action = format!("/payments/{order}/refund");
        let page = self.owner.get(&action).await?.shown()?;
        if page.actions(&action).is_empty() {
            return Ok(page);
        }
        self.owner.submit(&page, &action, fields).await
    }
}

impl Things {
    /// Things of the same form that nobody has.
    #[must_use]
    pub fn of_nobody() -> Self {
        let number = || NOBODY.to_owned();
        Self {
            order: random::uuid().to_string(),
            payout: number(),
            item: number(),
            link: number(),
            link_address: String::new(),
            callback: number(),
            serial: "7f0102030405060708090a0b0c0d0e0f10111213".to_owned(),
            api_key: number(),
            secret: String::new(),
            member: number(),
            invitation: number(),
        }
    }

    /// The address of a route with these things in its braces.
    ///
    /// # Errors
    /// If there is no such thing here.
    pub fn address(&self, path: &str) -> Result<String> {
        let id = match path.split('/').nth(1).unwrap_or_default() {
            "items" => &self.item,
            "callbacks" => &self.callback,
            "api-keys" => &self.api_key,
            "team" if path.contains("/invitations/") => &self.invitation,
            _ => &self.member,
        };
        let pairs = [
            ("{order}", &self.order),
            ("{position}", &self.payout),
            ("{number}", &self.link),
            ("{serial}", &self.serial),
            ("{id}", id),
        ];
        let filled = pairs.iter().fold(path.to_owned(), |path, (name, thing)| path.replace(name, thing));
        let complete = !filled.contains(['{', '}']) && !filled.contains("//");
        ensure!(complete, "{path} has a thing in it that is unknown here");
        Ok(filled)
    }
}

/// Pays by a link what it leads to. Returns the order.
///
/// # Errors
/// If it cannot be paid.
pub async fn pay(buyer: &mut Visitor, link: &str) -> Result<String> {
    let terms = buyer.get(link).await?.shown()?;
    let (_, rest) = terms.text.split_once("href=\"/pay/").context("no way on")?;
    let checkout = format!("/pay/{}", rest.split('"').next().unwrap_or_default());
    pay_at(buyer, &checkout).await
}

/// Pays at a checkout. Returns the order.
///
/// # Errors
/// If it cannot be paid.
pub async fn pay_at(buyer: &mut Visitor, checkout: &str) -> Result<String> {
    let (page, action) = decide(buyer, checkout).await?;
    let paid = buyer.submit(&page, &action, &[]).await?;
    part(Some(paid.leads()?.to_owned()), 2)
}

/// The page on which a checkout is decided, and what its form sends to.
///
/// # Errors
/// If there is nothing to decide.
pub async fn decide(buyer: &mut Visitor, checkout: &str) -> Result<(Page, String)> {
    let mut page = buyer.get(checkout).await?.shown()?;
    let pays = |page: &Page| page.actions("/pay/").into_iter().find(|action| !action.ends_with("/code"));
    if pays(&page).is_none() {
        // Bought a moment ago: it is meant once more.
        page = buyer.get(&format!("{checkout}?again=1")).await?.shown()?;
    }
    let action = pays(&page).with_context(|| format!("nothing to press: {page:?}"))?;
    Ok((page, action))
}

/// Opens a page until it says something: what it shows is worked out meanwhile.
///
/// # Errors
/// If it never does.
pub async fn until(who: &mut Visitor, address: &str, text: &str) -> Result<Page> {
    let start = std::time::Instant::now();
    loop {
        let page = who.get(address).await?;
        if page.status == 200 && page.text.contains(text) {
            return Ok(page);
        }
        if start.elapsed() > PATIENCE {
            bail!("{address} never says {text}: {page:?}");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// One part of an address, counted from its first slash.
pub(crate) fn part(address: Option<String>, number: usize) -> Result<String> {
    let address = address.context("no address")?;
    Ok(address.split('/').nth(number).with_context(|| address.clone())?.to_owned())
}

fn own((first, second): (&str, &str)) -> (String, String) {
    (first.to_owned(), second.to_owned())
}
