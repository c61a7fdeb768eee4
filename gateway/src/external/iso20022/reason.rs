//! Why a bank refused or returned a payment: codes of `ExternalStatusReason1Code` and `ExternalReturnReason1Code`, as
//! the SEPA rulebooks use them, or a bank's own.

use std::fmt;

/// A reason as the bank gave it, such as `AM04`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reason(String);

/// What can be done about a reason: what dunning has to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Try again later: there was not enough money, or something technical was wrong for the moment.
    Retry,
    /// Ask for another account: this one is closed, blocked, unknown, or takes no such payments.
    Account,
    /// Ask for a new mandate: there is none, or it is not valid.
    Mandate,
    /// Ask the person: they refused or took the money back, which is their right for eight weeks.
    Person,
    /// Look at it: the payment itself was wrong, or the reason says nothing that we know.
    Operator,
}

impl Reason {
    /// Takes a code as the bank wrote it. A bank's own text keeps only what a code may hold.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
        Self(text.chars().filter(plain).take(35).collect())
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What can be done about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self.as_str() {
            "AM04" | "AM14" | "AM21" | "AM23" | "AB05" | "AB06" | "CNOR" | "DNOR" | "TM01" => Remedy::Retry,
            "AC01" | "AC04" | "AC06" | "AC13" | "AG01" | "AG03" | "MD07" | "RC01" => Remedy::Account,
            "MD01" | "MD02" => Remedy::Mandate,
            "MD06" | "MS02" | "SL01" | "SL11" | "SL12" | "SL13" | "SL14" | "CUST" => Remedy::Person,
            _ => Remedy::Operator,
        }
    }

    /// Whether something was refused only because the bank has it already.
    #[must_use]
    pub fn is_repetition(&self) -> bool {
        matches!(self.as_str(), "AM05" | "DUPL" | "DU01" | "DU02" | "DU03" | "DU04" | "DU05")
    }

    /// What the code says, in words; empty for one that we do not know.
    #[must_use]
    pub fn meaning(&self) -> &'static str {
        match self.as_str() {
            "AC01" => "the account number is wrong",
            "AC04" => "the account is closed",
            "AC06" => "the account is blocked",
            "AC13" => "the account is not a consumer's",
            "AG01" => "the account takes no such payments",
            "AG02" => "the operation code is wrong",
            "AM04" => "not enough money",
            "AM05" => "sent twice",
            "BE05" => "the creditor's identifier is not known",
            "CNOR" => "the creditor's bank is not registered",
            "DNOR" => "the debtor's bank is not registered",
            "FF01" => "the file format is wrong",
            "MD01" => "there is no mandate",
            "MD02" => "the mandate's data are missing or wrong",
            "MD06" => "the debtor asked for the money back",
            "MD07" => "the debtor has died",
            "MS02" => "the customer gave no reason",
            "MS03" => "the bank gave no reason",
            "RC01" => "the bank's identifier is wrong",
            "RR01" | "RR02" | "RR03" | "RR04" => "a rule of law asks for more data",
            "SL01" => "the debtor's bank has a rule of the debtor against it",
            _ => "",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_ask_for_what_helps() {
        for (code, remedy) in [
            ("AM04", Remedy::Retry),
            ("AC04", Remedy::Account),
            ("MD01", Remedy::Mandate),
            ("MD06", Remedy::Person),
            ("MS03", Remedy::Operator),
            ("ZZZZ", Remedy::Operator),
        ] {
            assert_eq!(Reason::new(code).remedy(), remedy, "{code}");
        }
    }

    #[test]
    fn a_banks_own_text_keeps_nothing_that_could_be_a_sentence() {
        assert_eq!(Reason::new("Mr. O'Neil <b>\n").as_str(), "Mr.ONeilb");
        assert_eq!(Reason::new(&"9".repeat(99)).as_str().len(), 35);
    }
}
