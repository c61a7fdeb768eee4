//! Which names may appear in which rooms. A name that strays is a dependency that the house does not have.

use crate::code::{code_without_tests, is_whole_word, line_of};
use crate::tree::{File, Tree};

struct Rule {
    words: &'static [&'static str],
    /// Where the rule looks.
    looks_at: fn(&File) -> bool,
    /// Where the words are at home.
    home: fn(&File) -> bool,
    reason: &'static str,
}

const SERVER: &str = "gateway/server/";
const TESTS: &str = "tests/";
/// A merchant's own server, with a clock and connections of its own.
const MOBILITY: &str = "backoffice/mobility/";

const RULES: &[Rule] = &[
    Rule {
        words: &["diesel::", "diesel_migrations::", "libsqlite3_sys::"],
        looks_at: |_| true,
        home: |file| file.is_in_module("storage"),
        reason: "SQL is spoken only in modules named `storage`",
    },
    Rule {
        words: &["actix_web::", "actix_tls::"],
        looks_at: |_| true,
        home: |file| file.is_in(&["gateway/", "backoffice/", TESTS]),
        reason: "HTTP is the business of the gateway and the back office",
    },
    Rule {
        words: &["xmlsec::", "libxml::"],
        looks_at: |_| true,
        home: |file| file.is_in(&["core-payment/trust/"]),
        reason: "libxmlsec1 is known only in trust",
    },
    Rule {
        words: &["unsafe"],
        looks_at: |_| true,
        home: |file| file.is_in(&["core-payment/trust/"]) && file.is_in_module("xmlsec"),
        reason: "only trust's xmlsec module speaks to C",
    },
    Rule {
        words: &["SystemTime::now", "Utc::now", "now_utc", "thread_rng"],
        looks_at: |_| true,
        home: |file| {
            file.is_in(&[SERVER, TESTS]) || (file.is_in(&[MOBILITY]) && file.is_in_module("machine"))
        },
        reason: "time and randomness are arguments; only the server reads the clock",
    },
    Rule {
        words: &["env::var", "env::vars"],
        looks_at: |_| true,
        home: |file| file.is_in(&[SERVER, TESTS]),
        reason: "configuration is parsed once, in the server",
    },
    Rule {
        words: &["f32", "f64"],
        looks_at: |file| {
            file.is_in(&["core-payment/", "aggregation/"]) && !file.is_in(&["core-payment/trust/"])
        },
        // Gauges and histograms are floats by nature; they carry durations and counts, never an amount.
        home: |file| file.is_in_module("metrics"),
        reason: "no amount in a float",
    },
    Rule {
        words: &["reqwest::", "hyper::", "hyper_util::", "TcpStream::connect", "UdpSocket"],
        looks_at: |_| true,
        home: |file| file.is_in(&["gateway/", MOBILITY, TESTS]),
        reason: "the core never calls out; only the gateway opens outbound connections",
    },
    Rule {
        words: &["std::fs", "std::net", "File::open", "tokio::", "Command::new"],
        looks_at: |file| {
            file.is_in(&["core-payment/domain/", "core-payment/message/", "core-payment/instruments/"])
        },
        home: |_| false,
        reason: "domain, message and instruments are pure",
    },
    Rule {
        words: &["anyhow::"],
        looks_at: |_| true,
        home: |file| file.is_in(&[SERVER, TESTS]),
        reason: "libraries name their errors",
    },
];

pub(crate) fn strayed(tree: &Tree) -> Vec<String> {
    tree.rust().flat_map(strayed_in).collect()
}

fn strayed_in(file: &File) -> Vec<String> {
    // Tests, wherever they stand, read files and start programs as they need.
    let is_test = file.is_in_module("tests") && !file.is_in(&[TESTS]);
    let code = if is_test { String::new() } else { code_without_tests(&file.text) };
    let mut findings = Vec::new();
    for rule in RULES.iter().filter(|rule| (rule.looks_at)(file) && !(rule.home)(file)) {
        for word in rule.words {
            for (at, _) in code.match_indices(word).filter(|(at, _)| is_whole_word(&code, *at, word)) {
                findings.push(format!("{}:{}: `{word}`: {}", file.path, line_of(&code, at), rule.reason));
            }
        }
    }
    findings
}

#[test]
fn every_stray_word_is_found() {
    for (path, text) in [
        ("core-payment/src/ledger.rs", "use diesel::prelude::*;"),
        ("core-payment/src/order/accept.rs", "fn f() { libsqlite3_sys::sqlite3_open }"),
        ("core-payment/src/lib.rs", "use actix_web::web;"),
        ("gateway/src/http.rs", "use xmlsec::Key;"),
        ("core-payment/trust/src/strict.rs", "unsafe { x() }"),
        ("gateway/src/http.rs", "let now = std::time::SystemTime::now();"),
        ("gateway/src/http.rs", "std::env::var(\"HOME\")"),
        ("core-payment/domain/src/money.rs", "let price: f64 = 1.0;"),
        ("core-payment/src/outbox.rs", "reqwest::Client::new()"),
        ("core-payment/domain/src/money.rs", "use std::fs;"),
        ("core-payment/src/lib.rs", "fn f() -> anyhow::Result<()>"),
    ] {
        assert_eq!(strayed(&Tree::of(&[(path, text)])).len(), 1, "{path}: {text}");
    }
}

#[test]
fn words_at_home_or_outside_code_are_left_alone() {
    for (path, text) in [
        ("core-payment/src/storage/ledger.rs", "use diesel::prelude::*;"),
        ("core-payment/src/storage.rs", "use diesel::prelude::*;"),
        ("gateway/server/src/main.rs", "SystemTime::now()"),
        ("core-payment/domain/src/money.rs", "// no f64 here\nlet a = \"f64\"; let buf64 = 1;"),
        ("core-payment/trust/src/xmlsec/engine.rs", "unsafe { x() }"),
        ("core-payment/domain/src/money.rs", "#[cfg(test)]\nmod tests { use std::fs; }"),
        ("core-payment/domain/src/money/tests.rs", "use std::fs;"),
        ("core-payment/message/tests/golden.rs", "use std::fs;"),
    ] {
        assert_eq!(strayed(&Tree::of(&[(path, text)])), Vec::<String>::new(), "{path}: {text}");
    }
}
