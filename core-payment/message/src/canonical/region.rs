//! Where in a document the pass stands, as far as signatures are concerned.

use super::{Construct, ScannedSignature, Unreadable, XMLDSIG};

/// What an open element is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Region {
    /// The signed body.
    Body,
    /// `Signature` itself.
    Signature,
    /// `SignedInfo` and everything in it.
    SignedInfo,
    /// `SignatureValue`.
    Value,
    /// `KeyInfo` itself.
    KeyInfo,
    /// An `X509Data` in it.
    X509Data,
    /// The first `X509Certificate` in it.
    Certificate,
    /// Anything else in a signature.
    Unused,
}

impl Region {
    /// The region of the root. A signature that wraps its document is not of any profile here.
    pub(super) fn of_root(namespace: &str, local: &str) -> Result<Self, Unreadable> {
        if is_signature(namespace, local) {
            return Err(Unreadable::Forbidden(Construct::ExtraSignature));
        }
        Ok(Self::Body)
    }

    /// The region of an element that opens in this one, `depth` levels below the root. Notes in `signature` what the
    /// strict profile does not know.
    pub(super) fn of_child(
        self,
        depth: usize,
        namespace: &str,
        local: &str,
        signature: &mut Option<ScannedSignature>,
    ) -> Result<Self, Unreadable> {
        if is_signature(namespace, local) {
            if depth == 1 && signature.is_none() {
                *signature = Some(ScannedSignature::default());
                return Ok(Self::Signature);
            }
            return Err(Unreadable::Forbidden(Construct::ExtraSignature));
        }
        match (self, signature) {
            (Self::Body, Some(_)) => Err(Unreadable::Forbidden(Construct::ExtraSignature)),
            (_, None) => Ok(Self::Body),
            (region, Some(signature)) => Ok(region.of_part(namespace, local, signature)),
        }
    }

    fn of_part(self, namespace: &str, local: &str, signature: &mut ScannedSignature) -> Self {
        let part = if namespace == XMLDSIG { local } else { "" };
        match (self, part) {
            (Self::Signature, "SignedInfo") if signature.signed_info.is_empty() => Self::SignedInfo,
            (Self::Signature, "SignatureValue")
                if !signature.signed_info.is_empty() && signature.value.is_none() =>
            {
                signature.value = Some(Vec::new());
                Self::Value
            }
            (Self::Signature, "KeyInfo") if signature.value.is_some() && !signature.has_key_info => {
                signature.has_key_info = true;
                Self::KeyInfo
            }
            (Self::Signature, _) => {
                signature.outside = Some("an unexpected element in the signature");
                Self::Unused
            }
            (Self::SignedInfo, _) => Self::SignedInfo,
            (Self::KeyInfo, "X509Data") => Self::X509Data,
            (Self::X509Data, "X509Certificate") if signature.certificate.is_none() => {
                signature.certificate = Some(Vec::new());
                Self::Certificate
            }
            (Self::Value | Self::Certificate, _) => {
                signature.outside = Some("an element where base64 belongs");
                Self::Unused
            }
            _ => Self::Unused,
        }
    }
}

fn is_signature(namespace: &str, local: &str) -> bool {
    local == "Signature" && namespace == XMLDSIG
}
