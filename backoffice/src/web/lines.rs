//! Connections of people who are known by a certificate, to end them with: on being refused, and without a request when the
//! certificate is not in force any more (R34).

use std::fmt;
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use super::portal::Portal;

/// For the answer to somebody who is sent away.
const LAST_WORDS: Duration = Duration::from_millis(250);
/// How often all connections are looked at. A revocation is known here as soon as it is at the door.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Those that are open. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Lines(Arc<Mutex<Vec<Weak<Handle>>>>);

/// A second handle of a connection: in HTTP/2 an answer cannot end it (RFC 9113 §8.2.2). To be dropped with the connection.
#[derive(Debug, Clone)]
pub(super) struct Line(Arc<Handle>);

#[derive(Debug)]
struct Handle {
    stream: TcpStream,
    certificate: Arc<[u8]>,
    /// Whether it was nobody's before already.
    strange: AtomicBool,
}

impl Line {
    /// Ends the connection, when the answer that is on its way has left.
    pub(super) fn end(self) {
        actix_web::rt::spawn(async move {
            tokio::time::sleep(LAST_WORDS).await;
            self.0.end();
        });
    }
}

impl Handle {
    fn end(&self) {
        // It may have ended by itself.
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

impl Lines {
    /// Keeps in mind a connection with its certificate.
    pub(super) fn open(&self, stream: TcpStream, certificate: Arc<[u8]>) -> Line {
        let line = Line(Arc::new(Handle { stream, certificate, strange: AtomicBool::new(false) }));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::downgrade(&line.0));
        line
    }

    fn living(&self) -> Vec<Arc<Handle>> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.retain(|line| line.strong_count() > 0);
        lines.iter().filter_map(Weak::upgrade).collect()
    }

    /// Ends those whose certificate is nobody's any more, for as long as the portal is there.
    pub(super) async fn watch(self, portal: Weak<Portal>) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let Some(portal) = portal.upgrade() else { return };
            let lines = self.clone();
            // Looking a certificate up may block.
            let looked = tokio::task::spawn_blocking(move || lines.end_strangers(&portal)).await;
            if looked.is_err() {
                tracing::error!("certificates of open connections cannot be looked at");
            }
        }
    }

    fn end_strangers(&self, portal: &Portal) {
        let Some(recognises) = &portal.recognises else { return };
        for line in self.living() {
            // Where it cannot be found out, whoever asks for something is refused; that passes.
            let stranger = matches!(recognises.person(&line.certificate, portal.clock.now()), Ok(None));
            // Not at the first look: whoever has just asked for something is told that they are refused, which ends it too.
            if line.strange.swap(stranger, Ordering::Relaxed) && stranger {
                line.end();
            }
        }
    }
}

impl fmt::Debug for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lines({})", self.living().len())
    }
}
