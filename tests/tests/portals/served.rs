//! The portals of the real server: opened beside the door, with a certificate of their own, and closed with it.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use payment_trust::client_config;
use tests::app::{App, Setup};
use tests::database::Database;
use tests::on_each_database;
use tests::postgres::free_port;
use tests::town::Town;

use crate::browser::Browser;
use crate::stage::sheet;

on_each_database!(the_server_opens_its_portals_enrols_them_once_and_stops_with_browsers_connected);

async fn the_server_opens_its_portals_enrols_them_once_and_stops_with_browsers_connected(
    database: Database,
) -> Result<()> {
    let town = Town::found(&database).await?;
    let (consumer, merchant, operator) = (free_port()?, free_port()?, free_port()?);
    let more = format!(
        r#"
[portals]
enabled = true
consumer_listen = "127.0.0.1:{consumer}"
consumer_origin = "https://localhost:{consumer}"
merchant_listen = "127.0.0.1:{merchant}"
merchant_origin = "https://localhost:{merchant}"
operator_listen = "127.0.0.1:{operator}"
operator_origin = "https://localhost:{operator}"
codes_folder = "codes"
"#
    );
    let mut app = App::start_with(&town, &database, &Setup { more, ..Setup::default() }).await?;
    let mut ada = browser(&town, consumer)?;
    sign_in(&mut ada, &town, "ada@example.org").await?;
    ada.get("/keys").await?.says(200, "Where you are signed in")?;
    let mut kiosk = browser(&town, merchant)?;
    sign_in(&mut kiosk, &town, "ada@example.org").await?;
    // One is not the other, though both are on this machine and have one address.
    ensure!(ada.cookies.keys().all(|name| !kiosk.cookies.contains_key(name)));
    ada.get("/").await?.says(200, "Meteore")?;
    kiosk.get("/").await?.says(200, "Meteore")?;
    browser(&town, operator)?.get("/").await.expect_err("an answer without a client certificate");
    let mode = std::fs::metadata(town.directory().folder().join("portals.key"))?;
    ensure!(std::os::unix::fs::PermissionsExt::mode(&mode.permissions()) & 0o777 == 0o600);

    let started = Instant::now();
    app.stop()?;
    ensure!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    app.restart().await?;
    // The session outlives the server, and so does the certificate.
    ada.get("/keys").await?.says(200, "Where you are signed in")?;
    app.stop()?;
    let log = app.log();
    ensure!(log.matches("the portals are enrolled").count() == 1, "{log}");
    for personal in ["ada@example.org", "Kiosk Ada"] {
        ensure!(!log.contains(personal), "{personal} in the log");
    }
    Ok(())
}

fn browser(town: &Town, port: u16) -> Result<Browser> {
    let mut tls = client_config(town.chain()?.root())?;
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    let mut browser = Browser::new(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), tls)?;
    browser.origin = format!("https://localhost:{port}");
    Ok(browser)
}

async fn sign_in(browser: &mut Browser, town: &Town, address: &str) -> Result<()> {
    browser.get("/sign-in").await?;
    browser.post("/sign-in", &[("reach", address)]).await?.leads_to("/code")?;
    browser.get("/code").await?;
    let code = code(&town.folder().join("codes"), address)?;
    browser.post("/code", &[("code", &code)]).await?.leads_to("/welcome")?;
    browser.get("/welcome").await?;
    browser.post("/welcome", &sheet()).await?.leads_to("/")
}

/// The code in the newest text to an address.
fn code(folder: &Path, address: &str) -> Result<String> {
    let text = std::fs::read_to_string(folder.join(format!("{address}.txt")))?;
    let digits = text.split(|c: char| !c.is_ascii_digit()).find(|digits| digits.len() == 6);
    Ok(digits.context("no code")?.to_owned())
}
