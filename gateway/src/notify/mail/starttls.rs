//! The way from a TCP connection to TLS, by STARTTLS or at once.
//!
//! The mail library keeps what it has read in plain text across the upgrade: somebody on the line could send answers
//! to commands that we have not given yet, and a letter would count as delivered (CVE-2011-0411 in another client's
//! form). So the few lines before TLS are spoken here, and anything beyond the one reply to STARTTLS ends it.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::Security;
use super::session::Relay;
use crate::notify::delivery::Reason;

/// A verified TLS connection to the relay.
#[derive(Debug)]
pub(super) struct Secured {
    /// The relay greets once, before STARTTLS; the mail library waits for a greeting on what it is given.
    greeting: &'static [u8],
    tls: TlsStream<TcpStream>,
}

/// Longest line and most lines of a reply that are read before TLS.
const MAX_LINE_BYTES: usize = 1024;
const MAX_LINES: usize = 64;

/// Connects and secures the connection.
pub(super) async fn open(relay: &Relay) -> Result<Secured, Reason> {
    let mut tcp = TcpStream::connect((relay.host.as_str(), relay.port)).await.map_err(unreachable)?;
    let greeting: &[u8] = match relay.security {
        Security::Tls => b"",
        Security::StartTls => {
            ask_for_tls(&mut tcp, &relay.hello).await?;
            b"220 secured\r\n"
        }
    };
    let connector = TlsConnector::from(Arc::clone(&relay.tls));
    let tls = connector.connect(relay.name.clone(), tcp).await.map_err(|error| {
        let by_tls = error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>());
        if by_tls { Reason::NotTrusted } else { Reason::Unreachable }
    })?;
    Ok(Secured { greeting, tls })
}

/// RFC 3207 §4, up to the point where TLS begins.
async fn ask_for_tls(tcp: &mut TcpStream, hello: &str) -> Result<(), Reason> {
    let mut plain = Plain { tcp, unread: Vec::new() };
    match plain.reply().await? {
        (220, _) => {}
        // Not now, or not you (RFC 5321 §3.1).
        (400..=599, _) => return Err(Reason::Unreachable),
        _ => return Err(Reason::Protocol),
    }
    plain.say(&format!("EHLO {hello}\r\n")).await?;
    let (code, offers) = plain.reply().await?;
    if code != 250 {
        return Err(Reason::Protocol);
    }
    if !offers.iter().any(|offer| offer.trim().eq_ignore_ascii_case("STARTTLS")) {
        return Err(Reason::NoStartTls);
    }
    plain.say("STARTTLS\r\n").await?;
    let (code, _) = plain.reply().await?;
    if code == 220 && plain.unread.is_empty() { Ok(()) } else { Err(Reason::NoStartTls) }
}

struct Plain<'a> {
    tcp: &'a mut TcpStream,
    unread: Vec<u8>,
}

impl Plain<'_> {
    async fn say(&mut self, line: &str) -> Result<(), Reason> {
        self.tcp.write_all(line.as_bytes()).await.map_err(unreachable)
    }

    /// The code of a reply, and its lines without it.
    async fn reply(&mut self) -> Result<(u16, Vec<String>), Reason> {
        let mut lines = Vec::new();
        while lines.len() < MAX_LINES {
            let line = self.line().await?;
            let (code, rest) = line.split_at_checked(3).ok_or(Reason::Protocol)?;
            let code = code.parse().map_err(|_| Reason::Protocol)?;
            let more = rest.strip_prefix('-');
            lines.push(more.unwrap_or(rest).to_owned());
            match more {
                Some(_) => {}
                None if rest.is_empty() || rest.starts_with(' ') => return Ok((code, lines)),
                None => return Err(Reason::Protocol),
            }
        }
        Err(Reason::Protocol)
    }

    async fn line(&mut self) -> Result<String, Reason> {
        loop {
            if let Some(end) = self.unread.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.unread.drain(..=end).collect();
                let line = String::from_utf8(line).map_err(|_| Reason::Protocol)?;
                return Ok(line.trim_end().to_owned());
            }
            if self.unread.len() > MAX_LINE_BYTES {
                return Err(Reason::Protocol);
            }
            if self.tcp.read_buf(&mut self.unread).await.map_err(unreachable)? == 0 {
                return Err(Reason::Unreachable);
            }
        }
    }
}

fn unreachable(_: io::Error) -> Reason {
    Reason::Unreachable
}

impl AsyncTokioStream for Secured {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.tls.get_ref().0.peer_addr()
    }
}

impl AsyncRead for Secured {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.greeting.is_empty() {
            return Pin::new(&mut self.tls).poll_read(cx, buffer);
        }
        let (now, later) = self.greeting.split_at(self.greeting.len().min(buffer.remaining()));
        buffer.put_slice(now);
        self.greeting = later;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Secured {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tls).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tls).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tls).poll_shutdown(cx)
    }
}
