//! The first page: what there is, what is owed, what was paid last.

use actix_web::HttpResponse;
use actix_web::web::Data;
use payment_domain::{Currency, Money, Policy, Timestamp};

use super::merchants::Names;
use super::{Till, payments, say};
use crate::page::{Block, Inline, Link, Page, Section, Tile};
use crate::sales::history::Purchase;
use crate::sales::query::Query;
use crate::storage::consumer::{self, AccountRow, OpenRow};
use crate::web::{Fault, Visitor};
use crate::words::{Value, Words};

/// Payments on the first page.
const LAST: u32 = 6;

/// Shows it.
pub(super) async fn show(visitor: Visitor, till: Data<Till>) -> Result<HttpResponse, Fault> {
    let person = visitor.need_person()?.clone();
    let owner = person.party_number;
    let (accounts, open) = visitor
        .read(move |conn| Ok((consumer::accounts(conn, owner)?, consumer::open_periods(conn, owner)?)))
        .await?;
    let query = Query { limit: LAST, ..Query::default() };
    let last = payments::history(&till, &person.party, query).await?;
    let policy = visitor.portal().core.policy();
    let money = Having { accounts, open, policy: &policy, now: visitor.now() };
    let names = Names::of(&visitor, last.rows.iter().map(|row| &row.merchant)).await?;
    let page = Page::new(greeting(visitor.words(), visitor.now()), "/");
    visitor.show(
        page.with(Block::Tiles(money.tiles(visitor.words())))
            .with(last_payments(&visitor, &last.rows, &names)),
    )
}

fn greeting(words: Words, now: Timestamp) -> String {
    let hour = words.clock(now).get(..2).and_then(|hour| hour.parse::<u8>().ok()).unwrap_or(12);
    match hour {
        5..=11 => words.say("consumer-good-morning"),
        12..=17 => words.say("consumer-good-afternoon"),
        _ => words.say("consumer-good-evening"),
    }
}

fn last_payments(visitor: &Visitor, last: &[Purchase], names: &Names) -> Section {
    let words = visitor.words();
    let mut section = Section::new(words.say("consumer-last-payments"));
    section.more = Some(Link::new("/payments", words.say("consumer-all-payments")));
    if last.is_empty() {
        return section.with(Block::Empty {
            text: words.say("consumer-no-payments"),
            link: Some(Link::new("/top-up", words.say("consumer-menu-top-up"))),
        });
    }
    section.with(payments::table(words, last, names, visitor.now()))
}

/// What somebody has and owes.
struct Having<'p> {
    accounts: Vec<AccountRow>,
    open: Vec<OpenRow>,
    policy: &'p Policy,
    now: Timestamp,
}

impl Having<'_> {
    fn tiles(&self, words: Words) -> Vec<Tile> {
        let mut tiles: Vec<Tile> = Vec::new();
        for account in &self.accounts {
            let Ok(currency) = Currency::parse(&account.currency) else { continue };
            match account.kind.as_str() {
                "prepaid" => tiles.push(balance(words, account, currency)),
                "postpaid" => {
                    tiles.extend([self.bill(words, account, currency), self.limit(words, account, currency)])
                }
                _ => {}
            }
        }
        if tiles.is_empty() {
            tiles.push(Tile {
                label: words.say("consumer-tile-no-account"),
                value: words.say("consumer-tile-no-account-value"),
                detail: vec![say::link("/means", words.say("consumer-menu-means"))],
                meter: None,
            });
        }
        tiles
    }

    /// What the next bill comes to so far. What was paid this very moment may not be in the period yet, but the account
    /// knows it.
    fn bill(&self, words: Words, account: &AccountRow, currency: Currency) -> Tile {
        let open = self.open.iter().find(|open| open.account == account.id);
        let month = words.month(self.now);
        let owed = account.balance.saturating_neg().max(open.map_or(0, |open| open.standing));
        let since = open.and_then(|open| Timestamp::from_millis(open.opened_at).ok());
        let detail = match since {
            Some(since) => {
                words.say_with("consumer-tile-bill-since", &[("day", Value::from(words.day(since)))])
            }
            None => words.say("consumer-tile-bill-nothing"),
        };
        Tile {
            label: words.say_with("consumer-tile-bill", &[("month", Value::from(month))]),
            value: words.money(Money::from_micros(owed, currency)),
            detail: vec![Inline::Muted(detail)],
            meter: None,
        }
    }

    fn limit(&self, words: Words, account: &AccountRow, currency: Currency) -> Tile {
        let monthly = self.policy.postpaid.month_micros;
        let spent = if account.month == self.now.month() { account.month_micros } else { 0 };
        let money = |micros| Money::from_micros(micros, currency);
        let values =
            [("spent", say::money(words, money(spent))), ("limit", say::money(words, money(monthly)))];
        Tile {
            label: words.say("consumer-tile-limit"),
            value: words.money(money(monthly)),
            detail: vec![say::link("/limits", words.say_with("consumer-tile-limit-spent", &values))],
            meter: Some((share(spent, monthly), words.say_with("consumer-tile-limit-spent", &values))),
        }
    }
}

fn balance(words: Words, account: &AccountRow, currency: Currency) -> Tile {
    Tile {
        label: words.say("consumer-tile-balance"),
        value: words.money(Money::from_micros(account.balance, currency)),
        detail: vec![say::link("/top-up", words.say("consumer-menu-top-up"))],
        meter: None,
    }
}

/// A part in whole per cent, rounded down, never above 100.
pub(super) fn share(part: i64, whole: i64) -> u8 {
    let per_cent = i128::from(part.max(0)).saturating_mul(100).checked_div(i128::from(whole)).unwrap_or(100);
    u8::try_from(per_cent.clamp(0, 100)).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Locale;

    fn account(kind: &str, balance: i64, month_micros: i64) -> AccountRow {
        AccountRow {
            id: 7,
            kind: kind.into(),
            currency: "EUR".into(),
            balance,
            credit_limit: 0,
            month: 202_611,
            month_micros,
            opened_at: 0,
        }
    }

    fn tiles(accounts: Vec<AccountRow>, open: Vec<OpenRow>) -> Vec<Tile> {
        let policy = core_payment::policy::eu_default().unwrap();
        let now = Timestamp::parse("2026-11-21T09:00:00.000Z").unwrap();
        Having { accounts, open, policy: &policy, now }.tiles(Words::of(Locale::English))
    }

    #[test]
    fn a_balance_a_bill_and_what_is_left_of_the_month() {
        let open = OpenRow {
            account: 7,
            book: "postpaid".into(),
            currency: "EUR".into(),
            opened_at: 0,
            standing: 18_302_000,
        };
        let prepaid = tiles(vec![account("prepaid", 12_085_000, 0)], Vec::new());
        assert_eq!((prepaid.len(), prepaid[0].value.as_str()), (1, "€12.085"));
        let postpaid = tiles(vec![account("postpaid", -18_302_000, 150_000_000)], vec![open]);
        assert_eq!(postpaid[0].value, "€18.302");
        assert_eq!(postpaid[1].meter.as_ref().unwrap().0, 50);
    }

    #[test]
    fn last_month_does_not_count_and_nobody_is_left_with_an_empty_page() {
        let old = AccountRow { month: 202_610, ..account("postpaid", 0, 290_000_000) };
        assert_eq!(tiles(vec![old], Vec::new())[1].meter.as_ref().unwrap().0, 0);
        assert_eq!(tiles(vec![account("counter", 0, 0)], Vec::new()).len(), 1);
    }

    #[test]
    fn a_share_is_between_nothing_and_all() {
        for (part, whole, expected) in
            [(0, 100, 0), (1, 300, 0), (299, 300, 99), (400, 300, 100), (-5, 300, 0), (1, 0, 100)]
        {
            assert_eq!(share(part, whole), expected, "{part} of {whole}");
        }
        assert_eq!(share(i64::MAX, 1), 100);
    }
}
