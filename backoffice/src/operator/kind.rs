//! The acts that need two people, as they are stored, said, and who may do them.

use aggregation::dispute::Verdict;

use super::Duty;
use crate::words::Words;

/// What needs two people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A file of payouts goes to the bank.
    Release,
    /// A merchant may no longer act.
    Suspend,
    /// A merchant may act again.
    Reinstate,
    /// Who is behind a payment is told (R49).
    Reveal,
    /// What is allowed changes.
    Policy,
    /// A complaint is decided for the consumer.
    ForConsumer,
    /// A complaint is decided for the merchant.
    ForMerchant,
    /// A payment that came back is booked, and its merchant bears it.
    BackFromMerchant,
    /// A payment that came back is booked, and we bear it.
    BackFromHouse,
    /// Something else that came back is booked.
    Back,
}

impl Kind {
    pub(super) const ALL: [Self; 10] = [
        Self::Release,
        Self::Suspend,
        Self::Reinstate,
        Self::Reveal,
        Self::Policy,
        Self::ForConsumer,
        Self::ForMerchant,
        Self::BackFromMerchant,
        Self::BackFromHouse,
        Self::Back,
    ];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Release => "release-file",
            Self::Suspend => "suspend-merchant",
            Self::Reinstate => "reinstate-merchant",
            Self::Reveal => "reveal-consumer",
            Self::Policy => "put-policy-in-force",
            Self::ForConsumer => "decide-for-consumer",
            Self::ForMerchant => "decide-for-merchant",
            Self::BackFromMerchant => "take-back-from-merchant",
            Self::BackFromHouse => "take-back-from-house",
            Self::Back => "take-back",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// What both of them have to be there for.
    pub(super) const fn duty(self) -> Duty {
        match self {
            Self::Release
            | Self::ForConsumer
            | Self::ForMerchant
            | Self::BackFromMerchant
            | Self::BackFromHouse
            | Self::Back => Duty::Settle,
            Self::Suspend | Self::Reinstate => Duty::Suspend,
            Self::Reveal => Duty::Reveal,
            Self::Policy => Duty::Limits,
        }
    }

    pub(super) fn words(self, words: Words) -> String {
        match self {
            Self::Release => words.say("operator-kind-release"),
            Self::Suspend => words.say("operator-kind-suspend"),
            Self::Reinstate => words.say("operator-kind-reinstate"),
            Self::Reveal => words.say("operator-kind-reveal"),
            Self::Policy => words.say("operator-kind-policy"),
            Self::ForConsumer => words.say("operator-kind-for-consumer"),
            Self::ForMerchant => words.say("operator-kind-for-merchant"),
            Self::BackFromMerchant => words.say("operator-kind-back-merchant"),
            Self::BackFromHouse => words.say("operator-kind-back-house"),
            Self::Back => words.say("operator-kind-back"),
        }
    }

    /// For whom a complaint is decided, if this decides one.
    pub(super) const fn verdict(self) -> Option<Verdict> {
        match self {
            Self::ForConsumer => Some(Verdict::Consumer),
            Self::ForMerchant => Some(Verdict::Merchant),
            _ => None,
        }
    }
}
