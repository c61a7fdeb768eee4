//! In a build without passkeys: there are none, and nothing can be asked of them.

use std::convert::Infallible;

use thiserror::Error;

use super::Key;
use super::sign_in::Ceremonial;
use crate::page::Form;
use crate::web::{Fault, LocalPath, Visitor};

/// There are none.
#[derive(Debug, Clone)]
pub struct Passkeys(Infallible);

/// This build knows no passkeys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("this build knows no passkeys")]
pub struct PasskeySetupError;

/// Why a passkey was not taken.
#[derive(Debug)]
#[expect(dead_code, reason = "as with passkeys")]
pub(super) enum PasskeyFault {
    /// It does not verify.
    Refused,
    /// Something else.
    Fault(Fault),
}

impl Passkeys {
    /// There are none.
    ///
    /// # Errors
    /// Always.
    pub fn new(_rp_id: &str, _origin: &crate::web::Origin, _name: &str) -> Result<Self, PasskeySetupError> {
        Err(PasskeySetupError)
    }

    pub(super) fn sign_in_form(&self, _: &Visitor, _: &str, _: &LocalPath) -> Result<Form, Fault> {
        match self.0 {}
    }

    pub(super) fn adding_form(&self, _: &Visitor, _: &[Key]) -> Result<Form, Fault> {
        match self.0 {}
    }

    pub(super) async fn sign_in(&self, _: &Visitor, said: &Ceremonial) -> Result<i64, PasskeyFault> {
        let Ceremonial { credential: _, state: _, next: _ } = said;
        match self.0 {}
    }

    pub(super) async fn add(&self, _: &Visitor, _: &str, _: &str, _: &str) -> Result<(), PasskeyFault> {
        match self.0 {}
    }

    pub(super) async fn remove(&self, _: &Visitor, _: Vec<u8>) -> Result<(), Fault> {
        match self.0 {}
    }
}
