//! Puts the shop behind a port, and does what has to be done without anybody asking: refunds and campaigns.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Data;
use actix_web::{App, HttpServer};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use thiserror::Error;

use crate::config::{Config, ConfigError};
use crate::machine::now;
use crate::shop::{Shop, StartError};
use crate::web;

/// Why nothing is served.
#[derive(Debug, Error)]
pub(crate) enum ServeError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("the port: {0}")]
    Port(#[from] io::Error),
    #[error("{0}: not a certificate or key in PEM")]
    Pem(String),
    #[error(transparent)]
    Tls(#[from] rustls::Error),
}

/// Between two looks at what is due.
const CHORES_EVERY: Duration = Duration::from_secs(5);
/// Campaigns are looked at each so many times.
const CAMPAIGNS_EACH: u32 = 120;

/// Serves until SIGTERM or SIGINT.
pub(crate) async fn run(config: &Path) -> Result<(), ServeError> {
    let config = Config::load(config)?;
    let shop = Data::from(Arc::new(Shop::open(&config)?));
    let chores = actix_web::rt::spawn(chores(Data::clone(&shop)));
    let app =
        move || App::new().wrap(web::headers(&shop)).app_data(Data::clone(&shop)).configure(web::routes);
    let server = HttpServer::new(app).workers(2).shutdown_timeout(10);
    let server = match config.tls() {
        Some((certificate, key)) => server.bind_rustls_0_23(config.listen, tls(&certificate, &key)?)?,
        None => server.bind(config.listen)?,
    };
    tracing::info!(listen = ?server.addrs(), "serving");
    server.run().await?;
    chores.abort();
    Ok(())
}

/// What has to be done until it is done.
async fn chores(shop: Data<Shop>) {
    let mut looks = 0_u32;
    loop {
        if looks == 0 {
            match shop.promise_all(now()).await {
                Ok(()) => looks = CAMPAIGNS_EACH,
                Err(error) => tracing::warn!(%error, "campaigns are not promised yet"),
            }
        }
        looks = looks.saturating_sub(1);
        shop.refund_all(now()).await;
        tokio::time::sleep(CHORES_EVERY).await;
    }
}

fn tls(certificate: &Path, key: &Path) -> Result<ServerConfig, ServeError> {
    let bad = |path: &Path| ServeError::Pem(path.display().to_string());
    let chain: Vec<_> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<_, _>>)
        .map_err(|_| bad(certificate))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(|_| bad(key))?;
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    Ok(config)
}
