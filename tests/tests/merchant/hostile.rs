//! Text that others write stays text wherever it is shown, at both portals and on every terminal.

use anyhow::{Context as _, Result, ensure};
use tests::database::Database;
use tests::on_each_database;
use tests::portal::{Page, Visitor};
use tests::random;
use tests::shop::{Shop, Street, pay, until};
use tests::town::people::ALICE_NUMBER;

use crate::stage::arrive;

on_each_database!(what_others_write_is_text_wherever_it_is_shown);

/// Wants to be markup, an attribute, a template, a pattern, or an address.
fn hostile(name: &str) -> String {
    format!(
        "{name} \"'><script>alert(1)</script><img src=x onerror=alert(2)>{{{{7*7}}}} {{ $amount }} javascript:1"
    )
}

/// What the page would have to contain if it was taken for what it wants to be.
const TAKEN: [&str; 3] = ["<script>alert", "<img src=x", "href=\"javascript:"];

fn escaped(text: &str) -> String {
    let pairs = [("&", "&#38;"), ("<", "&#60;"), (">", "&#62;"), ("\"", "&#34;"), ("'", "&#39;")];
    pairs.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// A page that shows all of these, as text.
fn shows(page: &Page, path: &str, texts: &[&str]) -> Result<()> {
    for taken in TAKEN {
        ensure!(!page.text.contains(taken), "{path}: {taken} in {}", page.text);
    }
    for text in texts {
        ensure!(page.text.contains(&escaped(text)), "{path} does not show {text}: {}", page.text);
    }
    Ok(())
}

async fn sees(who: &mut Visitor, path: &str, texts: &[&str]) -> Result<()> {
    shows(&who.get(path).await?.shown()?, path, texts)
}

async fn what_others_write_is_text_wherever_it_is_shown(database: Database) -> Result<()> {
    let mut street = Street::open(database).await?;
    let mut written = Written::by(&mut street).await?;
    written.is_text_for_its_shop().await?;
    written.is_text_in_addresses_and_forms().await?;
    written.is_text_for_who_is_invited(&street).await?;
    let answer = written.is_text_in_answers().await?;
    let mut phone = street.portals.phone()?;
    phone.sign_in(ALICE_NUMBER).await?;
    for consumer in [&mut street.buyer, &mut phone] {
        written.is_text_for(consumer).await?;
        sees(consumer, &format!("/payments/{}", written.order), &[&written.asked, &answer]).await?;
    }
    street.portals.scene.close(1)
}

/// A shop with hostile text in every field that takes text, and a consumer's complaint.
struct Written {
    ada: Shop,
    item: String,
    order: String,
    title: String,
    terms: String,
    campaign: String,
    coupon_item: String,
    key: String,
    business: String,
    member: String,
    reason: String,
    asked: String,
}

impl Written {
    async fn by(street: &mut Street) -> Result<Self> {
        let [title, terms, campaign, coupon_item, key, business, member, reason, asked] =
            ["Title", "Terms", "Campaign", "Item", "Key", "Shop", "Member", "Reason", "Asked"].map(hostile);
        let mut ada = street.shop("ada@example.org", &business, &title).await?;
        let item = format!("/items/{}", ada.things.item);
        let page = ada.owner.get("/campaigns").await?.shown()?;
        let fields = [
            ("title", campaign.as_str()),
            ("item", &coupon_item),
            ("discount", "10 %"),
            ("coupons", "5"),
            ("until", "2099-01-01"),
        ];
        ada.owner.submit(&page, "/campaigns", &fields).await?.leads()?;
        let page = ada.owner.get(&item).await?.shown()?;
        let fields = [("title", title.as_str()), ("price", "2.40"), ("terms", &terms), ("active", "yes")];
        ada.owner.submit(&page, &item, &fields).await?.leads()?;
        let page = ada.owner.get("/api-keys").await?.shown()?;
        ada.owner.submit(&page, "/api-keys", &[("name", &key)]).await?.shown()?;
        let guest = format!("guest-{}@example.org", random::uuid());
        ada.invite(&guest, "manager").await?;
        let mut joining = street.portals.merchant_browser()?;
        joining.sign_in_as(&guest, &member, "").await?;
        let alice = &mut street.buyer;
        let order = pay(alice, &ada.things.link_address).await?;
        until(&mut ada.owner, &format!("/payments/{order}"), &order).await?;
        sees(&mut joining, "/", &[&member, &title]).await?;

        street.ask_back(&order, "1", &asked).await?;
        let alice = &mut street.buyer;
        let dispute = format!("/payments/{order}/dispute");
        let page = alice.get(&dispute).await?.shown()?;
        let opened = alice.submit(&page, &dispute, &[("amount", "1"), ("reason", &reason)]).await?;
        let opened = opened.leads()?.to_owned();
        let page = alice.get(&opened).await?.shown()?;
        shows(&page, &opened, &[&reason])?;
        alice.submit(&page, &opened, &[]).await?.leads()?;
        until(&mut ada.owner, "/disputes", &escaped(&reason)).await?;
        Ok(Self {
            ada,
            item,
            order,
            title,
            terms,
            campaign,
            coupon_item,
            key,
            business,
            member,
            reason,
            asked,
        })
    }

    async fn is_text_for_its_shop(&mut self) -> Result<()> {
        let Self {
            ada,
            item,
            order,
            title,
            terms,
            campaign,
            coupon_item,
            key,
            business,
            member,
            reason,
            asked,
        } = self;
        for (path, texts) in [
            ("/", &[title.as_str()][..]),
            ("/payments", &[title]),
            (&format!("/payments/{order}"), &[title, asked]),
            (&format!("/payments/{order}/refund"), &[title]),
            (&format!("/payments/{order}/decline"), &[asked]),
            ("/requests", &[asked]),
            ("/disputes", &[reason]),
            ("/items", &[title]),
            (item, &[title, terms]),
            ("/links", &[title]),
            ("/campaigns", &[campaign, coupon_item]),
            ("/api-keys", &[key]),
            ("/bank", &[business]),
            ("/team", &[member]),
            ("/payouts", &[]),
            ("/callbacks", &[]),
            ("/certificates", &[]),
        ] {
            sees(&mut ada.owner, path, texts).await?;
        }
        let csv = ada.owner.get("/payments.csv").await?.shown()?;
        ensure!(csv.text.contains(&format!("\"{}\"", title.replace('"', "\"\""))), "{csv:?}");
        Ok(())
    }

    /// What stands in an address, and what cannot be, comes back as text, too.
    async fn is_text_in_addresses_and_forms(&mut self) -> Result<()> {
        let Self { ada, item, order, .. } = self;
        let search = hostile("Search");
        let query: String = search.bytes().map(|byte| format!("%{byte:02X}")).collect();
        for path in ["/payments", "/refused", "/sign-in"] {
            let found =
                ada.owner.get(&format!("{path}?q={query}&state={query}&next={query}&lang={query}")).await?;
            shows(&found, path, &[])?;
        }
        sees(&mut ada.owner, &format!("/payments?q={query}"), &[&search]).await?;
        let wrong = hostile("Wrong");
        let long = format!("{wrong}{}", "x".repeat(120));
        let (links, refund) = (format!("{item}/links"), format!("/payments/{order}/refund"));
        let decline = format!("/payments/{order}/decline");
        for (from, action, fields, text) in [
            (
                "/items/new",
                "/items",
                &[("code", wrong.as_str()), ("title", &wrong), ("price", &wrong)][..],
                &wrong,
            ),
            (item, item, &[("title", &wrong), ("price", &wrong), ("terms", &wrong)], &wrong),
            (item, &links, &[("uses", &wrong), ("until", &wrong)], &wrong),
            (&refund, &refund, &[("amount", &wrong)], &wrong),
            (&decline, &decline, &[("reason", &long)], &long),
            (
                "/campaigns",
                "/campaigns",
                &[("title", &wrong), ("discount", &wrong), ("coupons", &wrong)],
                &wrong,
            ),
            ("/callbacks", "/callbacks", &[("url", &wrong)], &wrong),
            ("/bank", "/bank", &[("holder", &wrong), ("iban", &wrong), ("bic", &wrong)], &wrong),
            ("/bank", "/bank/sites", &[("sites", &wrong)], &wrong),
            ("/team", "/team/invite", &[("reach", &wrong), ("role", "viewer")], &wrong),
            ("/api-keys", "/api-keys", &[("name", &long)], &long),
        ] {
            let page = ada.owner.get(from).await?.shown()?;
            let again = ada.owner.submit(&page, action, fields).await?;
            ensure!(again.status == 422, "{action}: {again:?}");
            shows(&again, action, &[text])?;
        }
        Ok(())
    }

    /// Whoever is invited reads by whom.
    async fn is_text_for_who_is_invited(&mut self, street: &Street) -> Result<()> {
        let holder = hostile("Holder");
        let page = self.ada.owner.get("/bank").await?.shown()?;
        let bank = [("holder", holder.as_str()), ("iban", "DE89 3704 0044 0532 0130 00")];
        self.ada.owner.submit(&page, "/bank", &bank).await?.leads()?;
        sees(&mut self.ada.owner, "/bank", &[&holder]).await?;
        self.ada.invite("last@example.org", "viewer").await?;
        let mut last = street.portals.merchant_browser()?;
        shows(&arrive(&mut last, "last@example.org").await?, "/welcome", &[&holder])
    }

    /// What the shop says to whoever asks for money back.
    async fn is_text_in_answers(&mut self) -> Result<String> {
        let (answer, payment) = (hostile("Answer"), format!("/payments/{}", self.order));
        let decline = format!("{payment}/decline");
        let page = self.ada.owner.get(&decline).await?.shown()?;
        self.ada.owner.submit(&page, &decline, &[("reason", &answer)]).await?.leads()?;
        sees(&mut self.ada.owner, &payment, &[&self.asked, &answer]).await?;
        Ok(answer)
    }

    /// Consumers read what is sold: in browsers, and on phones that know no script.
    async fn is_text_for(&self, consumer: &mut Visitor) -> Result<()> {
        let Self { ada, order, title, terms, .. } = self;
        let page = consumer.get(&ada.things.link_address).await?.shown()?;
        shows(&page, "the terms", &[title, terms])?;
        let (_, rest) = page.text.split_once("href=\"/pay/").context("no way on")?;
        let checkout = format!("/pay/{}", rest.split('"').next().unwrap_or_default());
        for path in
            [checkout.as_str(), "/", "/payments", &format!("/payments/{order}"), &format!("/paid/{order}")]
        {
            sees(consumer, path, &[title]).await?;
        }
        for path in [&format!("{checkout}/checked"), &format!("/payments/{order}/verify"), "/coupons"] {
            sees(consumer, path, &[]).await?;
        }
        Ok(())
    }
}
