//! The table of scopes and routes, the rule of two people, and pages made of what others wrote.

use std::collections::BTreeSet;

use payment_domain::{PartyId, Role, Timestamp};

use super::approvals::{Decision, Denied, Kind, judge};
use super::officer::may;
use super::*;
use crate::page::{Block, Frame, Page, Tone, html};
use crate::storage::operator::{ApprovalRow, EquationRow, PartyRow, PendingRow};
use crate::words::{Locale, Words};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn waiting(kind: Kind, prepared_by: &str) -> ApprovalRow {
    ApprovalRow {
        id: 1,
        act: kind.as_str().to_owned(),
        subject: "tea-house".to_owned(),
        reason: "<script>alert(1)</script>".to_owned(),
        state: "waiting".to_owned(),
        prepared_by: prepared_by.to_owned(),
        prepared_at: 0,
        decided_by: None,
        decided_at: None,
    }
}

fn words() -> Words {
    Words::of(Locale::English)
}

fn shown(page: &Page) -> String {
    html::render(page, &Frame { language: "en", words: words().frame(), ..Frame::default() }).unwrap()
}

/// What this room's router answers, read from its source: method and address.
fn routed() -> BTreeSet<(String, String)> {
    let calls = include_str!("../operator.rs").split(".route(\"").skip(1);
    let read = |call: &str| {
        let (path, rest) = call.split_once("\", ").unwrap();
        (rest.split('(').next().unwrap().to_uppercase(), path.to_owned())
    };
    calls.map(read).collect()
}

#[test]
fn every_address_stands_once_in_the_table_and_nothing_else_is_let_in() {
    let table: BTreeSet<_> =
        ROUTES.iter().map(|entry| (entry.method.to_owned(), entry.path.to_owned())).collect();
    assert_eq!(table, routed());
    assert_eq!(table.len(), ROUTES.len(), "an address stands twice in the table");
    for scope in Scope::ALL {
        assert!(!may(scope, "GET", "/not-in-the-table"));
        assert!(!may(scope, "DELETE", "/"));
    }
}

#[test]
fn each_scope_reaches_what_it_is_for_and_nothing_else() {
    let reach = |scope: Scope| -> Vec<String> {
        let entries = ROUTES.iter().filter(|entry| may(scope, entry.method, entry.path));
        entries.map(|entry| format!("{} {}", entry.method, entry.path)).collect()
    };
    assert_eq!(reach(Scope::Everything).len(), ROUTES.len());
    let looks = [
        "GET /",
        "GET /systems",
        "GET /certificates",
        "GET /policy",
        "GET /policy/versions/{id}",
        "GET /approvals",
    ];
    let people = ["GET /merchants", "GET /consumers", "POST /search", "GET /parties/{name}"];
    let books = [
        "GET /ledger",
        "GET /ledger/accounts/{id}",
        "GET /ledger/payments/{id}",
        "GET /periods",
        "GET /batches",
        "GET /breaks",
        "GET /disputes",
        "GET /disputes/{id}",
    ];
    let settle = [
        "POST /batches/{name}/release",
        "POST /breaks/{answer}/{number}/take-back",
        "POST /breaks/{answer}/{number}/resolve",
        "POST /disputes/{id}/decide",
        "GET /periods/close",
        "POST /periods/close",
    ];
    let suspend = ["POST /parties/{name}/suspend", "POST /parties/{name}/reinstate"];
    let admit = ["POST /parties/{name}/invite", "GET /admit", "POST /admit"];
    let limits = ["GET /policy/new", "POST /policy/new", "GET /policy/text", "POST /policy/text"];
    let messages = ["GET /messages", "POST /messages/{id}/resend"];
    let risk = ["GET /risk", "GET /risk/{name}"];
    let reveal = ["GET /reveals", "POST /reveals", "GET /reveals/{id}"];
    let decide = ["POST /approvals/{id}/approve", "POST /approvals/{id}/refuse"];
    let log = ["GET /audit", "POST /audit/check"];
    for (scope, expected) in [
        (Scope::Finance, vec![&looks[..], &people, &books, &settle, &limits, &decide]),
        (Scope::Support, vec![&looks[..], &people, &admit, &suspend, &messages, &reveal, &decide]),
        (Scope::Security, vec![&looks[..], &people, &suspend, &risk, &reveal, &decide, &log]),
        (Scope::Audit, vec![&looks[..], &books, &risk, &log]),
    ] {
        let expected: BTreeSet<String> =
            expected.into_iter().flatten().map(|entry| (*entry).to_owned()).collect();
        assert_eq!(reach(scope).into_iter().collect::<BTreeSet<_>>(), expected, "{scope:?}");
    }
}

#[test]
fn a_role_that_nobody_knows_reaches_nothing() {
    let of = |text: &str| Scope::of(&Role::parse(text).unwrap());
    assert_eq!(of("operator"), Some(Scope::Everything));
    assert_eq!(of("operator:finance"), Some(Scope::Finance));
    for stranger in ["operator:chief", "merchant", "terminal", "adapter:web", "cps", "tls"] {
        assert_eq!(of(stranger), None, "{stranger}");
    }
}

#[test]
fn nobody_lets_happen_what_they_prepared_themselves_whatever_certificate_they_use() {
    for kind in Kind::ALL {
        let row = waiting(kind, "anna");
        for scope in Scope::ALL.into_iter().filter(|scope| scope.may(kind.duty())) {
            // Another certificate, with another scope, of the same name: still the same person.
            assert_eq!(
                judge(&row, "anna", scope, Decision::Approve, 1),
                Err(Denied::SamePerson),
                "{scope:?}"
            );
            assert_eq!(judge(&row, "bert", scope, Decision::Approve, 1), Ok(kind));
            assert_eq!(judge(&row, "anna", scope, Decision::Refuse, 1), Ok(kind), "taken back");
        }
        for scope in Scope::ALL.into_iter().filter(|scope| !scope.may(kind.duty())) {
            assert_eq!(judge(&row, "bert", scope, Decision::Approve, 1), Err(Denied::Scope), "{scope:?}");
            assert_eq!(judge(&row, "bert", scope, Decision::Refuse, 1), Err(Denied::Scope), "{scope:?}");
        }
    }
}

#[test]
fn what_was_decided_or_waited_too_long_is_not_decided_again() {
    let mut row = waiting(Kind::Release, "anna");
    let approve = |row: &ApprovalRow, now| judge(row, "bert", Scope::Finance, Decision::Approve, now);
    assert_eq!(approve(&row, 7 * DAY_MS), Ok(Kind::Release));
    assert_eq!(approve(&row, 7 * DAY_MS + 1), Err(Denied::TooLate));
    row.state = "refused".to_owned();
    assert_eq!(approve(&row, 1), Err(Denied::Decided));
    row.state = "waiting".to_owned();
    row.act = "pay-myself".to_owned();
    assert_eq!(approve(&row, 1), Err(Denied::Scope));
}

#[test]
fn only_the_two_who_agreed_look_at_a_consumer_and_not_for_long() {
    let mut row = waiting(Kind::Reveal, "anna");
    assert!(!reveals::may_look(&row, "anna", 1), "not yet");
    row.state = "done".to_owned();
    (row.decided_by, row.decided_at) = (Some("bert".to_owned()), Some(10));
    for (who, now, looks) in [
        ("anna", 10, true),
        ("bert", 10 + DAY_MS - 1, true),
        ("bert", 10 + DAY_MS, false),
        ("carl", 11, false),
        ("anna", 9, false),
    ] {
        assert_eq!(reveals::may_look(&row, who, now), looks, "{who} {now}");
    }
    row.act = Kind::Suspend.as_str().to_owned();
    assert!(!reveals::may_look(&row, "anna", 11));
}

#[test]
fn the_menu_leads_only_where_one_may_go() {
    let person = |role: &str| Person {
        id: 1,
        party: PartyId::parse("anna").unwrap(),
        party_number: 0,
        role: crate::web::MemberRole::Viewer,
        strong_at: None,
        proof: crate::web::Proof::Certificate,
        session: None,
        certified: Some(Role::parse(role).unwrap()),
        greeting: "anna".to_owned(),
    };
    let links = |role: &str| -> Vec<String> {
        menu(&words(), &person(role)).into_iter().map(|link| link.href).collect()
    };
    assert_eq!(links("operator").len(), 16);
    assert!(!links("operator:audit").contains(&"/consumers".to_owned()));
    assert!(links("operator:audit").contains(&"/audit".to_owned()));
    assert!(!links("operator:finance").contains(&"/audit".to_owned()));
    assert!(links("merchant").is_empty());
}

fn standing(equation: EquationRow) -> system::Standing {
    system::Standing {
        now: Timestamp::from_millis(1_800_000_000_000).unwrap(),
        payments: 34_120,
        queued: 61,
        queue: 4096,
        pending: vec![PendingRow {
            id: 1,
            kind: "charge".into(),
            purpose: "order".into(),
            system: "simulator".into(),
            micros: 1,
            currency: "EUR".into(),
            started_at: 1_800_000_000_000 - 40_000,
        }],
        list: (
            Timestamp::from_millis(1_800_000_000_000 - 240_000).unwrap(),
            Timestamp::from_millis(1_800_000_000_000 + 3_360_000).unwrap(),
        ),
        equation: vec![equation],
        open: Vec::new(),
        waiting: vec![waiting(Kind::Suspend, "anna")],
        ready: true,
        due: vec![1, 2],
        dead: 3,
        files: 1,
        breaks: 2,
    }
}

#[test]
fn the_first_page_says_how_it_stands_and_whether_the_books_balance() {
    let row = |open| EquationRow {
        currency: "EUR".into(),
        billed: 418_220_114_000,
        paid_out: 409_836_902_000,
        fees: 8_364_402_000,
        open,
    };
    let page = shown(&system::page(words(), &standing(row(18_810_000)), "anna (operator)"));
    for text in ["3,412", "of 4,096", "oldest 40 s", "4 min", "next in 56 min", "€418,220.114", ">balances<"]
    {
        assert!(page.contains(text), "{text}");
    }
    for text in ["1 file not delivered", "2 breaks", "3 given up", "2 to send", "simulator"] {
        assert!(page.contains(text), "{text}");
    }
    let page = shown(&system::page(words(), &standing(row(1)), "anna (operator)"));
    assert!(page.contains("does not balance"));
}

#[test]
fn a_party_has_no_markup_and_a_consumers_account_leads_nowhere() {
    let mut row = PartyRow {
        id: 5,
        name: "c-1".to_owned(),
        role: parties::CONSUMER.to_owned(),
        state: "active".to_owned(),
        created_at: 0,
    };
    let held = crate::storage::operator::HeldRow {
        id: 77_001,
        kind: "<b>prepaid</b>".to_owned(),
        currency: "EUR".to_owned(),
        balance: 2_400_000,
        credit_limit: 0,
    };
    let page = shown(&parties::page(words(), &row, std::slice::from_ref(&held), true));
    assert!(page.contains("€2.40") && !page.contains("<b>prepaid") && !page.contains("77001"), "{page}");
    row.role = parties::MERCHANT.to_owned();
    let page = shown(&parties::page(words(), &row, std::slice::from_ref(&held), true));
    assert!(page.contains("/ledger/accounts/77001"));
    let page = shown(&parties::page(words(), &row, &[held], false));
    assert!(!page.contains("/ledger/accounts"), "not for those without the books");
}

fn complaint(state: &str) -> disputes::Complaint {
    disputes::Complaint {
        row: crate::storage::operator::DisputeRow {
            id: 7,
            dispute_id: vec![7; 16],
            payment: 8,
            consumer: 9,
            merchant: "tea-house".to_owned(),
            micros: 1_000_000,
            currency: "EUR".to_owned(),
            state: state.to_owned(),
            opened_at: 0,
        },
        pseudonym: "p-1".to_owned(),
        said: "<img src=x onerror=alert(1)>".to_owned(),
    }
}

#[test]
fn a_complaint_is_told_without_markup_and_decided_only_while_it_is_open() {
    let list = shown(&disputes::list_page(words(), &[complaint("open")], true, Some(7)));
    for text in ["€1.00", "tea-house", "p-1", "/disputes?after=7", "href=\"/disputes\""] {
        assert!(list.contains(text), "{text}");
    }
    let page = |state: &str, settles| {
        let sheet = disputes::Sheet::default();
        shown(&disputes::page(words(), &complaint(state), settles, &sheet, [None, None]))
    };
    let open = page("open", true);
    assert!(open.contains("/decide\"") && open.contains("decide-for-merchant"), "{open}");
    for shown in [list, open, page("open", false), page("consumer", true), page("merchant", true)] {
        assert!(!shown.contains("<img") && shown.contains("&#60;img"), "{shown}");
    }
    assert!(!page("open", false).contains("/decide"), "only by those who settle");
    assert!(page("consumer", true).contains("decided for the consumer"));
    assert!(!page("merchant", true).contains("/decide"));
}

#[test]
fn a_period_is_closed_by_those_who_settle_after_they_were_asked() {
    let row = |book: &str| crate::storage::operator::PeriodRow {
        account: 77,
        seq: 3,
        book: book.to_owned(),
        owner: "tea-house".to_owned(),
        currency: "EUR".to_owned(),
        opened_at: 0,
        standing: 1_800_000,
    };
    let table = |settles| {
        let table = watch::period_table(words(), &[row("merchant")], "x".to_owned(), settles);
        shown(&Page::new("x", "/").with(table))
    };
    assert!(table(true).contains("/periods/close?account=77"));
    assert!(!table(false).contains("/periods/close"));
    let asked = shown(&closing::page(words(), Some(&row("merchant"))));
    assert!(asked.contains("value=\"77\"") && asked.contains("€1.80") && asked.contains("tea-house"));
    let consumer = shown(&closing::page(words(), Some(&row("postpaid"))));
    assert!(!consumer.contains("tea-house"), "a consumer is known by the account");
    let mut report = aggregation::Report { bills: 2, ..aggregation::Report::default() };
    report.due.0.insert(payment_domain::Currency::EUR, 3_600_000);
    assert!(shown(&closing::report_page(words(), &report)).contains("€3.60"));
    report.stuck.push(77);
    assert!(shown(&closing::report_page(words(), &report)).contains("could not be closed"));
    let nothing = shown(&closing::report_page(words(), &aggregation::Report::default()));
    assert!(nothing.contains("Nothing was to be closed"));
}

#[test]
fn what_waits_says_who_has_to_come() {
    let section =
        |me: &str, scope| approvals::waiting_section(words(), &[waiting(Kind::Suspend, "anna")], me, scope);
    let said = |me: &str, scope| shown(&Page::new("x", "/").with(section(me, scope)));
    assert!(said("anna", Scope::Support).contains("Somebody else has to agree"));
    assert!(said("bert", Scope::Support).contains("href=\"/approvals\""));
    assert!(said("bert", Scope::Finance).contains("does not entitle"));
}

#[test]
fn a_list_that_goes_on_says_where() {
    let row = |number: i64| PartyRow {
        id: number,
        name: format!("m-{number:03}"),
        role: parties::MERCHANT.to_owned(),
        state: if number == 0 { "suspended" } else { "active" }.to_owned(),
        created_at: 0,
    };
    let page = parties::list_page(words(), parties::MERCHANT, (0..51).map(row).collect(), "m-000", false);
    let table = page.blocks.iter().find_map(|block| match block {
        Block::Table(table) => Some(table),
        _ => None,
    });
    let table = table.unwrap();
    assert_eq!(
        (table.rows.len(), table.older.as_ref().unwrap().href.as_str()),
        (50, "/merchants?from=m-050")
    );
    assert!(table.newer.is_some());
    let chips = table.rows.iter().flatten().flatten().filter_map(|inline| match inline {
        crate::page::Inline::Chip(chip) => Some(chip.tone),
        _ => None,
    });
    assert_eq!(chips.filter(|tone| *tone == Tone::Bad).count(), 1);
}
