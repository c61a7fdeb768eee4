//! Writes a message in canonical form from the start, so that signing needs no second pass.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use payment_domain::Money;

use super::NAMESPACE;
use super::value::Value;

/// The elements of one message, as canonical bytes.
pub(super) struct Elements {
    out: Vec<u8>,
}

impl Elements {
    pub(super) fn in_root(root: &str) -> Self {
        let mut elements = Self { out: Vec::with_capacity(1536) };
        elements.push(&["<", root, " xmlns=\"", NAMESPACE, "\">"]);
        elements
    }

    pub(super) fn put(&mut self, name: &str, value: &impl Value) {
        self.push(&["<", name, ">"]);
        value.write(&mut self.out);
        self.push(&["</", name, ">"]);
    }

    pub(super) fn put_optional(&mut self, name: &str, value: Option<&impl Value>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    pub(super) fn put_money(&mut self, name: &str, money: Money) {
        let (currency, amount) = (money.currency(), money.decimal());
        self.push(&["<", name, " currency=\"", currency.as_str(), "\">", &amount, "</", name, ">"]);
    }

    pub(super) fn put_bytes(&mut self, name: &str, bytes: &[u8]) {
        let text = STANDARD.encode(bytes);
        self.push(&["<", name, ">", &text, "</", name, ">"]);
    }

    pub(super) fn close(mut self, root: &str) -> Vec<u8> {
        self.push(&["</", root, ">"]);
        self.out
    }

    fn push(&mut self, parts: &[&str]) {
        for part in parts {
            self.out.extend_from_slice(part.as_bytes());
        }
    }
}
