//! The cryptographic floor: one P-256 verification and one signature, with nothing around them.

use std::hint::black_box;

use anyhow::{Result, anyhow};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, ParsedPublicKey,
};

use crate::machine::thread_cpu_ns;

/// Microseconds of thread CPU.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Floor {
    pub(crate) verify_us: f64,
    pub(crate) sign_us: f64,
}

impl Floor {
    pub(crate) fn measure() -> Result<Self> {
        let failed = |_| anyhow!("the cryptographic library failed");
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(failed)?;
        let public = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.public_key().as_ref())
            .map_err(|_| anyhow!("a public key of our own is refused"))?;
        let random = SystemRandom::new();
        // As long as the SignedInfo of the profile.
        let message = [b'x'; 660];
        let signature = key.sign(&random, &message).map_err(failed)?;
        let verify_us = cpu_us(5_000, || {
            public.verify_sig(black_box(&message), signature.as_ref()).expect("the signature holds");
        });
        let sign_us = cpu_us(5_000, || {
            black_box(key.sign(&random, black_box(&message)).expect("the key signs"));
        });
        Ok(Self { verify_us, sign_us })
    }

    pub(crate) fn both_us(self) -> f64 {
        self.verify_us + self.sign_us
    }
}

/// Thread CPU of one call, in microseconds: the best of five rounds, for whatever disturbs can only add.
pub(crate) fn cpu_us(calls: u32, mut call: impl FnMut()) -> f64 {
    (0..5)
        .map(|_| {
            let before = thread_cpu_ns();
            for _ in 0..calls {
                call();
            }
            (thread_cpu_ns() - before) as f64 / f64::from(calls) / 1000.0
        })
        .fold(f64::INFINITY, f64::min)
}
