//! Who delivers what: letters go by the relay, which stands or falls as a whole, callbacks to each merchant's server.

use futures_util::future::BoxFuture;
use payment_domain::Timestamp;

use super::callback::{Callback, Caller};
use super::delivery::Delivery;
use super::dispatch::Deliver;
use super::mail::{Folder, Letter, Postman};

impl Deliver for Postman {
    type Content = Letter;

    fn destination(&self, _letter: &Letter) -> String {
        "relay".to_owned()
    }

    fn deliver<'a>(&'a self, letter: &'a Letter, now: Timestamp) -> BoxFuture<'a, Delivery> {
        Box::pin(self.deliver(letter, now))
    }
}

impl Deliver for Folder {
    type Content = Letter;

    fn destination(&self, _letter: &Letter) -> String {
        "folder".to_owned()
    }

    fn deliver<'a>(&'a self, letter: &'a Letter, now: Timestamp) -> BoxFuture<'a, Delivery> {
        Box::pin(self.deliver(letter, now))
    }
}

impl Deliver for Caller {
    type Content = Callback;

    fn destination(&self, callback: &Callback) -> String {
        callback.endpoint.origin()
    }

    fn deliver<'a>(&'a self, callback: &'a Callback, now: Timestamp) -> BoxFuture<'a, Delivery> {
        Box::pin(self.deliver(callback, now))
    }
}
