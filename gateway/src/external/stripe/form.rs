//! `application/x-www-form-urlencoded`, in the order in which it was written.

use url::form_urlencoded::Serializer;

/// A form.
#[derive(Debug, Clone, Default)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    pub(super) fn set(&mut self, key: &str, value: &str) {
        self.0.push((key.to_owned(), value.to_owned()));
    }

    pub(super) fn into_text(self) -> String {
        Serializer::new(String::new()).extend_pairs(self.0).finish()
    }

    pub(super) fn encode(self) -> Vec<u8> {
        self.into_text().into_bytes()
    }
}
