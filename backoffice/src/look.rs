//! How pages look and what little they do by themselves: one stylesheet, one script, one mark, compiled in.
//!
//! What this must not do: change while the server runs. The name of a file carries the hash of its content, so browsers
//! keep it for ever. Serve what [`asset`] finds below [`PLACE`].

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// Where the files are served, and where pages look for them.
pub const PLACE: &str = "/look/";

/// The stylesheet of every portal.
pub static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("look", "css", "text/css; charset=utf-8", include_bytes!("../look/look.css"))
});

/// The script of every portal. No page needs it to work, except for passkeys.
pub static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("portal", "js", "text/javascript; charset=utf-8", include_bytes!("../look/portal.js"))
});

/// The mark in the tab of a browser.
pub static MARK: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("mark", "svg", "image/svg+xml", include_bytes!("../look/mark.svg")));

/// A file that never changes under its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// The name with a hash of the content: `look-3fa08c9d1e25b764.css`.
    pub name_with_hash: String,
    /// For `Content-Type`.
    pub content_type: &'static str,
    /// What is in it.
    pub bytes: &'static [u8],
}

/// The file of this name, if it is one of this build's.
#[must_use]
pub fn asset(name_with_hash: &str) -> Option<&'static Asset> {
    [&*STYLE, &*SCRIPT, &*MARK].into_iter().find(|asset| asset.name_with_hash == name_with_hash)
}

impl Asset {
    fn new(name: &str, ending: &str, content_type: &'static str, bytes: &'static [u8]) -> Self {
        let digest = Sha256::digest(bytes);
        let hash: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Self { name_with_hash: format!("{name}-{hash}.{ending}"), content_type, bytes }
    }

    /// Its address on every portal.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{PLACE}{}", self.name_with_hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_by_its_full_name_only() {
        for known in [&*STYLE, &*SCRIPT, &*MARK] {
            assert_eq!(asset(&known.name_with_hash), Some(known));
            assert!(known.address().starts_with("/look/") && !known.bytes.is_empty());
        }
        for unknown in ["", "look.css", "look-0000000000000000.css", "../look.css"] {
            assert_eq!(asset(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn another_content_has_another_name() {
        let named = |bytes| Asset::new("look", "css", "text/css", bytes).name_with_hash;
        assert_eq!(named(b"a"), "look-ca978112ca1bbdca.css");
        assert_ne!(named(b"a"), named(b"b"));
    }
}
