//! The table of routes and roles, and pages made of what others wrote.

use std::collections::BTreeSet;

use payment_domain::{Currency, Funding, Label, LedgerPosition, Mode, Money, OrderId, Pseudonym, Timestamp};

use super::*;
use crate::sales::Sale;
use crate::sales::query::SaleState;

/// A sale of something with this title.
pub(super) fn sale(title: &str) -> Sale {
    let money = |micros| Money::from_micros(micros, Currency::EUR);
    Sale {
        position: LedgerPosition::new(7).unwrap(),
        order: OrderId::from_bytes([1; 16]),
        ordered_at: Timestamp::EPOCH,
        item: Label::parse("Z7").unwrap(),
        title: Label::parse(title).unwrap(),
        consumer: Pseudonym::new([0xab; 16]),
        price: money(2_400_000),
        paid: money(2_400_000),
        refunded: money(0),
        mode: Mode::Single,
        funding: Funding::External,
        state: SaleState::Paid,
        receipt: None,
    }
}

/// What a room's router answers, read from its source: method and address.
fn routed(source: &str) -> BTreeSet<(String, String)> {
    let calls = source.split(".route(\"").skip(1);
    let read = |call: &str| {
        let (path, rest) = call.split_once("\", ").unwrap();
        let method = rest.split('(').next().unwrap().to_uppercase();
        (method, path.to_owned())
    };
    calls.map(read).collect()
}

#[test]
fn every_address_has_its_roles_in_the_table_and_none_is_open() {
    let table: BTreeSet<_> =
        ROUTES.iter().map(|route| (route.method.to_owned(), route.path.to_owned())).collect();
    assert_eq!(table, routed(include_str!("../merchant.rs")));
    assert_eq!(table.len(), ROUTES.len(), "an address stands twice in the table");
    assert!(ROUTES.iter().all(|route| !route.roles.is_empty()));
}

#[test]
fn who_only_looks_changes_nothing_and_only_owners_reach_keys_team_and_bank() {
    for route in ROUTES {
        let viewer = route.roles.contains(&MemberRole::Viewer);
        assert!(!(viewer && route.method == "POST"), "{} {}", route.method, route.path);
        let owners = ["/certificates", "/api-keys", "/bank", "/team"];
        if owners.iter().any(|path| route.path.starts_with(path)) {
            assert_eq!(route.roles, [MemberRole::Owner], "{} {}", route.method, route.path);
        }
    }
}

/// What a handler asks for, read from its source, is what the table says of its address.
#[test]
fn handlers_ask_for_the_role_that_the_table_names() {
    let sources = [
        ("api_keys", include_str!("api_keys.rs")),
        ("bank", include_str!("bank.rs")),
        ("callbacks", include_str!("callbacks.rs")),
        ("campaigns", include_str!("campaigns.rs")),
        ("capture", include_str!("capture.rs")),
        ("certificates", include_str!("certificates.rs")),
        ("items", include_str!("items.rs")),
        ("links", include_str!("links.rs")),
        ("refund", include_str!("refund.rs")),
        ("requests", include_str!("requests.rs")),
        ("revoke", include_str!("revoke.rs")),
        ("team", include_str!("team.rs")),
    ];
    let router = include_str!("../merchant.rs");
    for route in ROUTES.iter().filter(|route| !route.roles.contains(&MemberRole::Viewer)) {
        let line = format!(".route(\"{}\", {}().to(", route.path, route.method.to_lowercase());
        let handler = router.split_once(&line).unwrap().1.split(')').next().unwrap();
        let (room, name) = handler.split_once("::").unwrap();
        let source = sources.iter().find(|(other, _)| *other == room).unwrap().1;
        let body = source.split_once(&format!("async fn {name}(")).unwrap().1;
        let body = body.split("\n}\n").next().unwrap();
        let least = if route.roles.contains(&MemberRole::Manager) { "Manager" } else { "Owner" };
        assert!(body.contains(&format!(".need(MemberRole::{least})?")), "{} {}", route.method, route.path);
    }
}

#[test]
fn hostile_titles_are_text_on_every_terminal() {
    use crate::page::{Block, Frame, Page, html, mobile};
    use crate::words::{Locale, Words};
    for title in
        ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "javascript:alert(1)", "{{7*7}}"]
    {
        let words = Words::of(Locale::French);
        let table = payments::table(words, &[sale(title)], Timestamp::EPOCH, None);
        let page = Page::new(title, "/payments").with(Block::Table(table));
        for text in [
            html::render(&page, &Frame::default()).unwrap(),
            mobile::render(&page, &Frame::default()).unwrap(),
        ] {
            assert!(!text.contains("<script>alert") && !text.contains("<img src=x"), "{text}");
            assert!(!text.contains("href=\"javascript:"), "{text}");
        }
    }
}
