//! The operators' portal of the real server: who has no certificate of an operator's is not let in, a scope reaches what it is
//! for, two people are two people, and connections end with their certificate.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use http_body_util::Full;
use hyper::Request;
use hyper::header::HOST;
use payment_trust::client_config;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use tests::app::{App, Setup};
use tests::database::Database;
use tests::door::{Connection, Door};
use tests::officer::certify;
use tests::on_each_database;
use tests::postgres::free_port;
use tests::town::Town;

use crate::browser::{Browser, between};

on_each_database!(
    operators_are_known_by_their_certificates_and_do_together_what_takes_two_until_one_is_revoked,
);

/// The merchant that everything is done to.
const MERCHANT: &str = "parking";

/// A scope reaches what it is for.
async fn reach_what_they_are_for(anna: &mut Browser, bert: &mut Browser, carl: &mut Browser) -> Result<()> {
    for who in [&mut *anna, &mut *bert, &mut *carl] {
        who.get("/").await?.says(200, "Revocation list")?;
    }
    anna.get("/messages").await?.says(403, "")?;
    bert.get("/audit").await?.says(403, "")?;
    carl.get("/merchants").await?.says(403, "")?;
    for path in ["/merchants", "/consumers", "/certificates", "/policy", "/risk", "/reveals", "/audit"] {
        anna.get(path).await?.says(200, "</html>")?;
    }
    for path in ["/ledger", "/periods", "/batches", "/breaks", "/systems"] {
        carl.get(path).await?.says(200, "</html>")?;
    }
    bert.get("/messages").await?.says(200, "Nothing was given up")?;
    Ok(())
}

/// A consumer is suspended by one, whoever is let in gets an invitation once, and all of it is in the log.
async fn admit_and_find_it_in_the_log(anna: &mut Browser, bert: &mut Browser) -> Result<()> {
    bert.get("/admit").await?;
    bert.post("/admit", &[("name", "new-one"), ("kind", "prepaid"), ("currency", "EUR")])
        .await?
        .says(200, "It is shown only here")?;
    bert.get("/parties/new-one").await?;
    bert.post("/parties/new-one/suspend", &[("reason", "lost telephone")])
        .await?
        .leads_to("/parties/new-one")?;
    bert.get("/parties/new-one").await?.says(200, "new-one is suspended")?;

    // All of it is in the log.
    let log = anna.get("/audit").await?;
    for act in ["prepare suspend-merchant", "approve suspend-merchant", "suspend-merchant", "admit", "invite"]
    {
        log.says(200, act)?;
    }
    anna.post("/audit/check", &[]).await?.says(200, "nothing is missing")?;
    Ok(())
}

async fn operators_are_known_by_their_certificates_and_do_together_what_takes_two_until_one_is_revoked(
    database: Database,
) -> Result<()> {
    let town = Town::found(&database).await?;
    let (mut app, port) = serve(&town, &database).await?;

    // Nobody without a certificate, and nobody with one of another role.
    let mut nobody = Browser::new(address(port), client_config(town.chain()?.root())?)?;
    ensure!(nobody.get("/").await.is_err(), "an answer without a client certificate");
    certify(&app, &town.folder(), "stranger", "operator:chief", "stranger")?;
    browser(&town, port, "stranger")?.get("/").await?.says(403, "")?;

    certify(&app, &town.folder(), "anna", "operator:security", "anna")?;
    let serial = certify(&app, &town.folder(), "anna", "operator:security", "anna-2")?;
    certify(&app, &town.folder(), "bert", "operator:support", "bert")?;
    certify(&app, &town.folder(), "carl", "operator:audit", "carl")?;
    let [mut anna, mut also_anna, mut bert, mut carl] =
        ["anna", "anna-2", "bert", "carl"].map(|name| browser(&town, port, name));
    let (anna, also_anna, bert, carl) =
        (anna.as_mut().unwrap(), also_anna.as_mut().unwrap(), bert.as_mut().unwrap(), carl.as_mut().unwrap());

    reach_what_they_are_for(anna, bert, carl).await?;

    // One prepares, another one lets it happen.
    let page = format!("/parties/{MERCHANT}");
    anna.get(&page).await?.says(200, "Prepare to suspend")?;
    anna.post(&format!("{page}/suspend"), &[("reason", "sells <b>nothing</b>")])
        .await?
        .leads_to("/approvals")?;
    let waiting = anna.get("/approvals").await?;
    waiting.says(200, "Somebody else has to agree")?;
    ensure!(!waiting.body.contains("<b>nothing"), "{}", waiting.body);
    let list = bert.get("/approvals").await?;
    let approve = between(&list.body, "action=\"/approvals/", "/approve\"").context("nothing to agree to")?;
    let approve = format!("/approvals/{approve}/approve");
    for same in [&mut *anna, &mut *also_anna] {
        same.get("/approvals").await?;
        same.post(&approve, &[]).await?.leads_to("/approvals")?;
        same.get("/approvals").await?.says(200, "You prepared it")?;
    }
    carl.get("/approvals").await?;
    carl.post(&approve, &[]).await?.says(403, "")?;
    anna.get(&page).await?.says(200, ">active<")?;
    bert.get("/approvals").await?;
    bert.post(&approve, &[]).await?.leads_to("/approvals")?;
    bert.get(&page).await?.says(200, ">suspended<")?;
    bert.get("/approvals").await?.says(200, "agreed by bert")?;

    admit_and_find_it_in_the_log(anna, bert).await?;

    // A connection does not outlive its certificate.
    also_anna.get("/").await?.says(200, "Revocation list")?;
    let [revoked, other] = [idle(&town, port, "anna-2").await?, idle(&town, port, "anna").await?];
    app.command(&["ca", "revoke", &serial, "--reason", "privilege-withdrawn"])?;
    let started = Instant::now();
    let refused = loop {
        let answer = also_anna.get("/").await?;
        if answer.status == 403 {
            break answer;
        }
        ensure!(started.elapsed() < Duration::from_secs(10), "the revoked certificate still works");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    ensure!(refused.header("connection") == "close", "{:?}", refused.headers);
    // Nor one on which nothing is asked for, long before it would end by itself.
    while revoked.is_open() {
        ensure!(started.elapsed() < Duration::from_secs(20), "the connection is still there");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    ensure!(other.is_open(), "the connection of another certificate has ended too");
    anna.get("/").await?.says(200, "Revocation list")?;
    app.stop()?;
    Ok(())
}

/// A server with portals, and the port of the operators'.
pub(crate) async fn serve(town: &Town, database: &Database) -> Result<(App, u16)> {
    serve_with(town, database, "").await
}

/// The same with more of the configuration file: whole tables.
pub(crate) async fn serve_with(town: &Town, database: &Database, tables: &str) -> Result<(App, u16)> {
    let ports = [free_port()?, free_port()?, free_port()?];
    let mut more = "[portals]\nenabled = true\naddress_per_second = 0\nperson_per_second = 0\n".to_owned();
    for (name, port) in ["consumer", "merchant", "operator"].into_iter().zip(ports) {
        more +=
            &format!("{name}_listen = \"127.0.0.1:{port}\"\n{name}_origin = \"https://localhost:{port}\"\n");
    }
    more += tables;
    let app = App::start_with(town, database, &Setup { more, ..Setup::default() }).await?;
    Ok((app, ports[2]))
}

pub(crate) fn address(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// Somebody with the certificate in a file of the town's folder.
pub(crate) fn browser(town: &Town, port: u16, file: &str) -> Result<Browser> {
    let chain = town.chain()?;
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(chain.root().der().to_vec()))?;
    let own = |ending: &str| town.folder().join(format!("{file}.{ending}"));
    let certificates = vec![certificate(&own("pem"))?, CertificateDer::from(chain.issuing().der().to_vec())];
    let key = PrivateKeyDer::from_pem_file(own("key"))?;
    let mut tls = ClientConfig::builder_with_provider(default_provider().into())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_client_auth_cert(certificates, key)?;
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    let mut browser = Browser::new(address(port), tls)?;
    browser.origin = format!("https://localhost:{port}");
    Ok(browser)
}

/// A connection that somebody has asked something on, and now leaves alone.
async fn idle(town: &Town, port: u16, file: &str) -> Result<Connection> {
    let [certificate, key] = ["pem", "key"].map(|ending| town.folder().join(format!("{file}.{ending}")));
    let mut connection = Door::showing(address(port), town, &certificate, &key)?.connect().await?;
    let request = Request::builder().uri("/").header(HOST, format!("localhost:{port}"));
    let reply = connection.send(request.body(Full::default())?).await?;
    ensure!(reply.status == 200, "{}", reply.status);
    Ok(connection)
}

fn certificate(path: &Path) -> Result<CertificateDer<'static>> {
    Ok(CertificateDer::from_pem_file(path)?)
}
