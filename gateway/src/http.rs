//! The door: HTTPS in, signed XML out (R29, R31).
//!
//! | path | what |
//! |---|---|
//! | `POST /v1/messages` | any signed message, `application/xml`; the answer is signed too |
//! | `GET /v1/orders/{id}/receipt` | a receipt again, for whoever knows the order's digest |
//! | `GET /v1/schema/meteore-payment-1.xsd`, `/v1/schema/xmldsig.xsd` | the messages' schema |
//! | `GET /v1/ca.pem`, `/v1/issuing.pem`, `/v1/crl.pem` | what receipts are verified with |
//! | `POST /webhooks/stripe` | an external system's word that it is time to ask it |
//! | `GET /healthz`, `/readyz` | whether the process lives; whether it can take messages |
//!
//! What this must not do: know what a message means. [`intake`](crate::intake) does. Start at [`open`].

mod download;
mod guard;
mod health;
mod messages;
mod problem;
mod receipt;
mod request_id;
mod status;
mod webhook;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{App, HttpServer, Route};
use rustls::ServerConfig;

pub use crate::limits::{Rate, Rates};
pub use download::Publications;
pub use request_id::RequestId;
pub use status::http_status;

use crate::external::stripe::StripeEvents;
use crate::intake::Intake;
use crate::limits::Limits;
use request_id::RequestIds;

/// Where messages are posted.
pub(crate) const MESSAGES: &str = "/v1/messages";
/// Where an external system posts its events.
pub(crate) const STRIPE_EVENTS: &str = "/webhooks/stripe";

/// How the door is opened.
#[derive(Debug, Clone)]
pub struct DoorSettings {
    /// The address; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Threads that serve.
    pub workers: usize,
    /// Requests that are worked on at a time.
    pub max_in_flight: usize,
    /// Open connections of one worker.
    pub max_connections: usize,
    /// How long things may take.
    pub timeouts: Timeouts,
    /// How often one may ask.
    pub rates: Rates,
}

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// The head of a request.
    pub header: Duration,
    /// Its body.
    pub body: Duration,
    /// The next request on an open connection.
    pub keep_alive: Duration,
    /// Requests under way when the server is told to stop.
    pub shutdown: Duration,
}

/// What the handlers share.
pub struct Door {
    intake: Arc<Intake>,
    limits: Arc<Limits>,
    publications: Publications,
    body_timeout: Duration,
    ids: RequestIds,
    stripe_events: Option<StripeEvents>,
}

impl Door {
    /// A door to this intake. `limits` are the same that the intake counts senders with.
    #[must_use]
    pub fn new(
        intake: Arc<Intake>,
        limits: Arc<Limits>,
        publications: Publications,
        timeouts: Timeouts,
    ) -> Self {
        let (body_timeout, ids) = (timeouts.body, RequestIds::new());
        Self { intake, limits, publications, body_timeout, ids, stripe_events: None }
    }

    /// Takes an external system's events too.
    #[must_use]
    pub fn taking(self, stripe_events: StripeEvents) -> Self {
        Self { stripe_events: Some(stripe_events), ..self }
    }
}

/// Opens the door. The server runs when it is awaited; the addresses are bound already.
///
/// # Errors
/// What the operating system says.
pub fn open(
    door: Arc<Door>,
    settings: &DoorSettings,
    tls: ServerConfig,
) -> io::Result<(Server, Vec<SocketAddr>)> {
    let data = Data::from(door);
    let server = HttpServer::new(move || App::new().app_data(data.clone()).configure(routes))
        .workers(settings.workers)
        .max_connections(settings.max_connections)
        .client_request_timeout(settings.timeouts.header)
        .keep_alive(settings.timeouts.keep_alive)
        .tls_handshake_timeout(settings.timeouts.header)
        .client_disconnect_timeout(Duration::from_secs(2))
        .shutdown_timeout(settings.timeouts.shutdown.as_secs())
        .disable_signals()
        .bind_rustls_0_23(settings.listen, tls)?;
    let addresses = server.addrs();
    Ok((server.run(), addresses))
}

/// The paths of the door.
pub fn routes(config: &mut ServiceConfig) {
    let at = |path: &str| web::resource(path).default_service(web::to(problem::method_not_allowed));
    let download = |path: &str, handler: Route| at(path).route(handler).wrap(from_fn(guard::guard));
    let events = web::post().to(webhook::stripe);
    config
        .service(at(MESSAGES).route(web::post().to(messages::post)))
        .service(at(STRIPE_EVENTS).route(events).wrap(from_fn(guard::guard)))
        .service(download("/v1/orders/{id}/receipt", web::get().to(receipt::read)))
        .service(download("/v1/schema/{name}", web::get().to(download::schema)))
        .service(download("/v1/{name}.pem", web::get().to(download::pem)))
        .service(download("/healthz", web::get().to(health::live)))
        .service(download("/readyz", web::get().to(health::ready)))
        .default_service(web::to(problem::not_found));
}
