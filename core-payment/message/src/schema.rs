//! The schema of the messages, served to partners as it stands here.

/// The schema of all messages. Imports [`XMLDSIG`] by the name `xmldsig.xsd`.
pub const MESSAGES: &str = include_str!("../schema/meteore-payment-1.xsd");

/// The schema of the signature profile.
pub const XMLDSIG: &str = include_str!("../schema/xmldsig.xsd");
