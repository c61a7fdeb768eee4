//! A name for every request, in its answer and in every line that is logged about it.
//!
//! It is made here and nowhere else: an id accepted from a stranger is a way to write into our logs.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::http::header::{HeaderName, HeaderValue};

/// The answer's header.
pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The name of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId {
    process: u64,
    number: u64,
}

/// Names requests: unique in this process, and told apart from those of other processes.
pub(crate) struct RequestIds {
    process: u64,
    last: AtomicU64,
}

impl RequestIds {
    pub(crate) fn new() -> Self {
        Self { process: RandomState::new().hash_one(std::process::id()), last: AtomicU64::new(0) }
    }

    pub(crate) fn next(&self) -> RequestId {
        let number = self.last.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        RequestId { process: self.process, number }
    }
}

impl RequestId {
    pub(crate) fn header(self) -> HeaderValue {
        HeaderValue::from_str(&self.to_string()).unwrap_or_else(|_| HeaderValue::from_static("unknown"))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}-{:x}", self.process, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_requests_have_one_name() {
        let ids = RequestIds::new();
        let (first, second) = (ids.next(), ids.next());
        assert_ne!(first.to_string(), second.to_string());
        assert_ne!(first.to_string(), RequestIds::new().next().to_string());
    }
}
