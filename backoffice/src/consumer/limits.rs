//! What the policy allows, and how much of it is used.

use actix_web::HttpResponse;
use core_payment::Standing;
use payment_domain::policy::{Grant, SinceStrong};
use payment_domain::{AccountKind, Capability, Money, Policy, Timestamp};

use super::home::share;
use super::say;
use super::top_up::standing;
use crate::page::{Block, Column, Inline, Page, Section, Table, Tile};
use crate::web::{Fault, Visitor};
use crate::words::{Value, Words};

/// Shows it.
pub(super) async fn show(visitor: Visitor) -> Result<HttpResponse, Fault> {
    let standing = standing(&visitor).await?;
    let policy = visitor.portal().core.policy();
    visitor.show(page(visitor.words(), &policy, &standing, visitor.now()))
}

fn page(words: Words, policy: &Policy, standing: &Standing, now: Timestamp) -> Page {
    let money = |micros| words.money(Money::from_micros(micros, policy.currency));
    let mut tiles = vec![since_strong(words, policy, standing)];
    if let Some((AccountKind::Postpaid, _)) = standing.means.account {
        let spent =
            if standing.means.spent.month == now.month() { standing.means.spent.month_micros } else { 0 };
        tiles.push(used(
            words,
            words.say("consumer-limits-month"),
            spent,
            policy.postpaid.month_micros,
            policy,
        ));
    }
    if let Some((AccountKind::Prepaid, _)) = standing.means.account {
        let most = match standing.means.anonymous {
            true => policy.prepaid.anonymous_stored_max_micros.min(policy.prepaid.stored_max_micros),
            false => policy.prepaid.stored_max_micros,
        };
        let held = standing.balance.map_or(0, Money::micros);
        tiles.push(used(words, words.say("consumer-limits-stored"), held, most, policy));
    }
    let mut facts = vec![
        say::fact(words.say("consumer-limits-aggregated"), money(policy.aggregated_max_micros)),
        say::fact(words.say("consumer-limits-single"), money(policy.single_max_micros)),
        say::fact(words.say("consumer-limits-low-value"), money(policy.low_value.each_micros)),
    ];
    if let Some((AccountKind::Postpaid, _)) = standing.means.account {
        facts.push(say::fact(words.say("consumer-limits-postpaid-each"), money(policy.postpaid.each_micros)));
        facts.push(say::fact(words.say("consumer-limits-credit"), words.money(standing.credit_limit)));
    }
    if standing.means.anonymous {
        facts
            .push(say::fact(words.say("consumer-limits-anonymous"), money(policy.prepaid.remote_max_micros)));
    }
    Page::new(words.say("consumer-menu-limits"), "/limits")
        .with(Block::Tiles(tiles))
        .with(Section::new(words.say("consumer-limits-amounts")).with(Block::Facts(facts)))
        .with(Section::new(words.say("consumer-limits-by-method")).with(grants(words, policy)))
        .with(Block::Paragraph(vec![Inline::Muted(
            words.say_with("consumer-limits-policy", &[("policy", Value::from(policy.name.as_str()))]),
        )]))
}

fn since_strong(words: Words, policy: &Policy, standing: &Standing) -> Tile {
    let label = words.say("consumer-limits-since-strong");
    let spent = standing.means.spent;
    match policy.low_value.since_strong {
        SinceStrong::Amount(most) => used(words, label, spent.since_strong_micros, most, policy),
        SinceStrong::Count(most) => {
            let (count, most) = (i64::from(spent.since_strong_count), i64::from(most));
            let text = words.say_with(
                "consumer-limits-count",
                &[("count", Value::from(count)), ("most", Value::from(most))],
            );
            Tile {
                label,
                value: words.number(u64::from(spent.since_strong_count)),
                detail: vec![Inline::Muted(text.clone())],
                meter: Some((share(count, most), text)),
            }
        }
    }
}

fn used(words: Words, label: String, used: i64, most: i64, policy: &Policy) -> Tile {
    let money = |micros| Money::from_micros(micros, policy.currency);
    let values = [("spent", say::money(words, money(used))), ("limit", say::money(words, money(most)))];
    let text = words.say_with("consumer-limits-used", &values);
    Tile {
        label,
        value: words.money(money(used)),
        detail: vec![Inline::Muted(text.clone())],
        meter: Some((share(used, most), text)),
    }
}

fn grants(words: Words, policy: &Policy) -> Table {
    let money = |micros| words.money(Money::from_micros(micros, policy.currency));
    let row = |grant: &Grant| {
        let strong = match grant.strong {
            true => words.say("consumer-limits-strong"),
            false => words.say("consumer-limits-not-strong"),
        };
        let single = match grant.single_max_micros {
            0 => words.say("consumer-limits-never"),
            micros => money(micros),
        };
        vec![
            vec![Inline::Text(terminal(words, grant.capability))],
            vec![Inline::Text(method(words, grant.method))],
            vec![Inline::Muted(strong)],
            vec![Inline::Text(money(grant.aggregated_max_micros))],
            vec![Inline::Text(single)],
        ]
    };
    Table {
        caption: words.say("consumer-limits-by-method"),
        columns: vec![
            Column::words(words.say("consumer-limits-terminal")),
            Column::words(words.say("consumer-limits-method")),
            Column::words(words.say("consumer-limits-strength")).minor(),
            Column::numbers(words.say("consumer-limits-aggregated-short")),
            Column::numbers(words.say("consumer-limits-single-short")),
        ],
        rows: policy.grants.iter().map(row).collect(),
        ..Table::default()
    }
}

fn terminal(words: Words, capability: Capability) -> String {
    match capability {
        Capability::App => words.say("consumer-terminal-app"),
        Capability::Passkey => words.say("consumer-terminal-passkey"),
        Capability::Browser => words.say("consumer-terminal-browser"),
        Capability::Wap => words.say("consumer-terminal-wap"),
        Capability::Sms => words.say("consumer-terminal-sms"),
    }
}

fn method(words: Words, method: payment_domain::Method) -> String {
    use payment_domain::Method;
    match method {
        Method::DeviceKey => words.say("consumer-method-device-key"),
        Method::Passkey => words.say("consumer-method-passkey"),
        Method::OneTimeCode => words.say("consumer-method-code"),
        Method::MsisdnPin => words.say("consumer-method-pin"),
        Method::MsisdnPinCode => words.say("consumer-method-pin-code"),
        Method::MsisdnCode => words.say("consumer-method-number-code"),
        Method::Msisdn => words.say("consumer-method-number"),
    }
}

#[cfg(test)]
mod tests {
    use payment_domain::{Means, Spent};

    use super::*;
    use crate::words::Locale;

    #[test]
    fn what_is_used_is_shown_beside_what_is_allowed() {
        let policy = core_payment::policy::eu_default().unwrap();
        let now = Timestamp::parse("2026-11-21T09:00:00.000Z").unwrap();
        let eur = |micros| Money::from_micros(micros, policy.currency);
        let spent = Spent {
            since_strong_micros: 25_000_000,
            since_strong_count: 3,
            month: 202_611,
            month_micros: 60_000_000,
        };
        let standing = Standing {
            balance: Some(eur(-60_000_000)),
            credit_limit: eur(300_000_000),
            means: Means {
                account: Some((AccountKind::Postpaid, eur(240_000_000))),
                external: false,
                anonymous: false,
                spent,
            },
            charged_at: None,
            active: true,
        };
        let page = page(Words::of(Locale::English), &policy, &standing, now);
        let Block::Tiles(tiles) = &page.blocks[0] else { panic!("tiles first") };
        let meters: Vec<u8> =
            tiles.iter().filter_map(|tile| tile.meter.as_ref()).map(|(share, _)| *share).collect();
        assert_eq!(meters, [25, 20]);
    }
}
