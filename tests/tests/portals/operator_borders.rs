//! Every address of the operators' portal, tried with the certificate of every scope, with others' and with none; and every
//! form, sent by somebody else's page.

use anyhow::{Context as _, Result, ensure};
use backoffice::operator::{Entry, ROUTES, Scope};
use payment_trust::client_config;
use reqwest::StatusCode;
use tests::database::Database;
use tests::officer::certify;
use tests::on_each_database;
use tests::town::Town;

use crate::browser::{Answer, Browser};
use crate::operator::{address, browser, serve};

on_each_database!(
    an_address_answers_those_whose_scope_it_is_and_nobody_else,
    what_is_not_sent_by_a_form_of_the_portal_is_not_done,
);

/// Every scope and its role.
const ROLES: [(Scope, &str); 5] = [
    (Scope::Everything, "operator"),
    (Scope::Finance, "operator:finance"),
    (Scope::Support, "operator:support"),
    (Scope::Security, "operator:security"),
    (Scope::Audit, "operator:audit"),
];

/// Each fits where it is asked for, and names nothing that is there.
fn filled(entry: &Entry) -> String {
    entry
        .path
        .replace("{name}", "nobody")
        .replace("{id}", "1")
        .replace("{answer}", "1")
        .replace("{number}", "1")
}

/// Sends what an address takes, with the token of a page of the same portal.
async fn tried(who: &mut Browser, entry: &Entry) -> Result<Answer> {
    let path = filled(entry);
    match entry.method {
        "GET" => who.get(&path).await,
        "POST" => {
            for page in ["/merchants", "/audit"] {
                who.get(page).await?;
            }
            ensure!(!who.token.is_empty(), "no form to take a token from");
            who.post(&path, &[]).await
        }
        method => anyhow::bail!("nobody has said how {method} is tried"),
    }
}

async fn an_address_answers_those_whose_scope_it_is_and_nobody_else(database: Database) -> Result<()> {
    ensure!(ROLES.map(|(scope, _)| scope) == Scope::ALL, "a scope is not tried");
    let town = Town::found(&database).await?;
    let (mut app, port) = serve(&town, &database).await?;
    for (scope, role) in ROLES {
        let file = format!("{scope:?}").to_lowercase();
        certify(&app, &town.folder(), &file, role, &file)?;
        let mut who = browser(&town, port, &file)?;
        for entry in ROUTES {
            let answer = tried(&mut who, entry).await.with_context(|| format!("{role}: {entry:?}"))?;
            let refused = answer.status == StatusCode::FORBIDDEN;
            ensure!(refused != scope.may(entry.duty), "{role}: {entry:?} answers {}", answer.status);
            ensure!(!answer.status.is_server_error(), "{role}: {entry:?} answers {}", answer.status);
        }
        who.get("/nowhere").await?.says(404, "")?;
    }
    // A scope that nobody knows, and a merchant: certified by the same authority.
    certify(&app, &town.folder(), "chief", "operator:chief", "chief")?;
    let merchant = town.party("parking");
    std::fs::write(town.folder().join("parking.pem"), merchant.credential.certificate().to_pem())?;
    std::fs::write(town.folder().join("parking.key"), merchant.credential.key().to_pem()?.as_bytes())?;
    let mut nobody = Browser::new(address(port), client_config(town.chain()?.root())?)?;
    for entry in ROUTES {
        for file in ["chief", "parking"] {
            let mut who = browser(&town, port, file)?;
            let path = filled(entry);
            let answer =
                if entry.method == "GET" { who.get(&path).await? } else { who.post(&path, &[]).await? };
            answer.says(403, "").with_context(|| format!("{file}: {entry:?}"))?;
        }
        ensure!(nobody.get(&filled(entry)).await.is_err(), "{entry:?} answers without a certificate");
    }
    app.stop()
}

async fn what_is_not_sent_by_a_form_of_the_portal_is_not_done(database: Database) -> Result<()> {
    let town = Town::found(&database).await?;
    let (mut app, port) = serve(&town, &database).await?;
    for name in ["olga", "mallory"] {
        certify(&app, &town.folder(), name, "operator", name)?;
    }
    let (mut olga, mut mallory) = (browser(&town, port, "olga")?, browser(&town, port, "mallory")?);
    for who in [&mut olga, &mut mallory] {
        who.get("/merchants").await?.says(200, "form_token")?;
    }
    let acts = |database: &Database| database.sql()?.number("SELECT COUNT(*) FROM operator_act");
    let before = acts(&database)?;
    let (own, origin) = (olga.token.clone(), olga.origin.clone());
    let forged: [(&str, Option<&str>); 6] = [
        ("", Some(&origin)),
        ("x", Some(&origin)),
        // Of another browser's page.
        (&mallory.token, Some(&origin)),
        (&own, Some("https://evil.example")),
        (&own, Some("null")),
        (&own, Some("http://localhost")),
    ];
    let posts: Vec<_> = ROUTES.iter().filter(|entry| entry.method == "POST").collect();
    ensure!(posts.len() > 10, "there are forms");
    for entry in &posts {
        for (token, from) in forged {
            let fields =
                [("form_token", token), ("reason", "because somebody said so"), ("name", "intruder")];
            let answer = olga.post_as(&filled(entry), &fields, from).await?;
            answer.says(403, "").with_context(|| format!("{entry:?} with {token:?} from {from:?}"))?;
        }
        let answer = olga.post_as(&filled(entry), &[("name", "intruder")], Some(&origin)).await?;
        answer.says(403, "").with_context(|| format!("{entry:?} without a token"))?;
    }
    ensure!(acts(&database)? == before, "something was done");
    olga.get("/parties/intruder").await?.says(404, "")?;
    app.stop()
}
