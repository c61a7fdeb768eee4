//! What all portals share of the web: who visits, forms that no other site can send, pages for each terminal (R17), limits
//! and headers (R44).
//!
//! | in | is |
//! |---|---|
//! | `entrance` | what happens to each request before and after its handler |
//! | `visitor` | everything a handler knows about a request; how it answers |
//! | `form` | posted forms |
//! | `session` | who is signed in: a token in a cookie, its hash in the database |
//! | `lines` | open connections of people who are known by a certificate |
//! | `fault` | what goes wrong, as a page or as problem+json |
//! | `terminal` | which renderer a terminal needs |
//!
//! What this must not do: know what a portal shows, or anything about money. Start at [`open`] and at [`Visitor`].

mod assets;
mod cookie;
mod entrance;
mod fault;
mod form;
mod form_token;
mod headers;
mod limits;
mod lines;
mod notice;
mod origin;
mod portal;
mod request_id;
mod route;
mod session;
mod terminal;
mod visitor;

use std::any::Any;
use std::io;
use std::net::SocketAddr;
use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::time::Duration;

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::dev::{Extensions, Server};
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::{self, Data, PayloadConfig};
use actix_web::{App, HttpServer};
use rustls::ServerConfig;
use tokio::net::TcpStream;

pub use fault::Fault;
pub use form::Filled;
pub use limits::{Rate, Rates};
pub use origin::{InvalidOrigin, LocalPath, Origin};
pub use portal::{Audience, Busy, NoRandomness, Parts, Portal, Randomness, Recognises, Routes, SessionTerms};
pub use request_id::RequestId;
pub use route::Route;
pub(crate) use session::new_id;
pub use session::{MemberRole, Person, Proof};
pub use terminal::Terminal;
pub use visitor::Visitor;

use lines::Lines;
use visitor::ClientCertificate;

/// The most that a form may send.
const MOST_OF_A_FORM: usize = 64 * 1024;

/// How a portal is opened.
#[derive(Debug, Clone)]
pub struct PortalSettings {
    /// The address; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Threads that serve.
    pub workers: usize,
    /// Open connections of one worker.
    pub max_connections: usize,
    /// For the head of a request, and for a handshake.
    pub header_timeout: Duration,
    /// For the next request on an open connection.
    pub keep_alive: Duration,
    /// For requests under way when the server is told to stop.
    pub shutdown_timeout: Duration,
}

/// Opens a portal, within a runtime of actix. The server runs when it is awaited; the addresses are bound already.
///
/// # Errors
/// What the operating system says.
pub fn open(
    portal: Portal,
    settings: &PortalSettings,
    tls: ServerConfig,
) -> io::Result<(Server, Vec<SocketAddr>)> {
    let portal = Data::new(portal);
    let lines = Lines::default();
    if portal.recognises.is_some() {
        actix_web::rt::spawn(lines.clone().watch(Arc::downgrade(&portal)));
    }
    let server = HttpServer::new(move || {
        let routes = portal.routes.clone();
        App::new()
            .app_data(portal.clone())
            .app_data(PayloadConfig::new(MOST_OF_A_FORM))
            .service(assets::routes())
            .configure(move |config| routes(config))
            .default_service(web::to(fault::not_found))
            .wrap(from_fn(entrance::pass))
            .wrap(Compress::default())
    })
    .workers(settings.workers)
    .max_connections(settings.max_connections)
    .client_request_timeout(settings.header_timeout)
    .keep_alive(settings.keep_alive)
    .tls_handshake_timeout(settings.header_timeout)
    .client_disconnect_timeout(Duration::from_secs(2))
    .shutdown_timeout(settings.shutdown_timeout.as_secs())
    .on_connect(move |connection, data| remember_certificate(&lines, connection, data))
    .disable_signals()
    .bind_rustls_0_23(settings.listen, tls)?;
    let addresses = server.addrs();
    Ok((server.run(), addresses))
}

/// Keeps a client's certificate, where the server asks for one, with the connection.
fn remember_certificate(lines: &Lines, connection: &dyn Any, data: &mut Extensions) {
    let Some(stream) = connection.downcast_ref::<TlsStream<TcpStream>>() else { return };
    let certificates = stream.get_ref().1.peer_certificates();
    if let Some(leaf) = certificates.and_then(<[_]>::first) {
        let certificate: Arc<[u8]> = leaf.as_ref().into();
        if let Ok(handle) = stream.get_ref().0.as_fd().try_clone_to_owned() {
            data.insert(lines.open(handle.into(), Arc::clone(&certificate)));
        }
        data.insert(ClientCertificate(certificate));
    }
}
