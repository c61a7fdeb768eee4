//! Which external system is asked: rules in order, the first that fits holds (R9). Pure data.
//!
//! An instrument names a scheme. Without a rule the scheme is the system's own name; with one it may be any method of
//! payment whose tokens several systems take, the first of them preferred. What goes back to an earlier attempt, a refund,
//! capture or void, is no matter of routing: it goes where that went.

use payment_domain::{Currency, Money, Operation};
use thiserror::Error;

/// The rules, first to last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Routes(Vec<Route>);

/// One rule: fits if everything that it names fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// What the instrument names.
    pub scheme: Option<String>,
    /// The currency.
    pub currency: Option<Currency>,
    /// What is to be done.
    pub operation: Option<Operation>,
    /// The least amount, of its own currency.
    pub at_least: Option<Money>,
    /// The amount from which on it fits no more, of its own currency.
    pub below: Option<Money>,
    /// The systems that are asked, the next one only where nothing can have reached the one before.
    pub systems: Vec<String>,
}

/// What is to be routed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Routing<'a> {
    /// What the instrument names.
    pub scheme: &'a str,
    /// What is to be done.
    pub operation: Operation,
    /// How much.
    pub amount: Money,
}

/// Why a rule cannot hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidRoute {
    /// It leads nowhere.
    #[error("route {0} names no system")]
    NoSystem(usize),
    /// A system stands in it twice.
    #[error("route {0} names a system twice")]
    Twice(usize),
    /// It is for something that always goes where the original went.
    #[error("route {0} is for a refund, capture or void, which go where the original went")]
    GoesBack(usize),
    /// No amount is in its range.
    #[error("route {0} has an empty range of amounts, or two currencies")]
    EmptyRange(usize),
}

impl Routes {
    /// Rules, first to last; in errors they count from 1.
    ///
    /// # Errors
    /// [`InvalidRoute`].
    pub fn new(routes: Vec<Route>) -> Result<Self, InvalidRoute> {
        for (index, route) in routes.iter().enumerate() {
            let number = index.saturating_add(1);
            if route.systems.is_empty() {
                return Err(InvalidRoute::NoSystem(number));
            }
            if route
                .systems
                .iter()
                .enumerate()
                .any(|(at, system)| route.systems.iter().take(at).any(|s| s == system))
            {
                return Err(InvalidRoute::Twice(number));
            }
            if matches!(route.operation, Some(Operation::Refund | Operation::Capture | Operation::Void)) {
                return Err(InvalidRoute::GoesBack(number));
            }
            if !route.has_range() {
                return Err(InvalidRoute::EmptyRange(number));
            }
        }
        Ok(Self(routes))
    }

    /// The rules.
    #[must_use]
    pub fn rules(&self) -> &[Route] {
        &self.0
    }

    /// The system that is asked first.
    #[must_use]
    pub fn first<'r>(&'r self, routing: &Routing<'r>) -> &'r str {
        self.fitting(routing).and_then(|route| route.systems.first()).map_or(routing.scheme, String::as_str)
    }

    /// The system that is asked where nothing can have reached this one; `None` if there is no other.
    #[must_use]
    pub fn after(&self, system: &str, routing: &Routing<'_>) -> Option<&str> {
        let mut systems = self.fitting(routing)?.systems.iter();
        systems.find(|known| *known == system)?;
        systems.next().map(String::as_str)
    }

    fn fitting(&self, routing: &Routing<'_>) -> Option<&Route> {
        self.0.iter().find(|route| route.fits(routing))
    }
}

impl Route {
    fn fits(&self, routing: &Routing<'_>) -> bool {
        let (micros, currency) = (routing.amount.micros(), routing.amount.currency());
        self.scheme.as_deref().is_none_or(|scheme| scheme == routing.scheme)
            && self.currency.is_none_or(|fitting| fitting == currency)
            && self.operation.is_none_or(|operation| operation == routing.operation)
            && self.at_least.is_none_or(|least| least.currency() == currency && least.micros() <= micros)
            && self.below.is_none_or(|below| below.currency() == currency && micros < below.micros())
    }

    /// Whether there is an amount between the bounds, of the one currency that everything names.
    fn has_range(&self) -> bool {
        let bounds = [self.at_least, self.below].into_iter().flatten().map(Money::currency);
        let mut currencies = self.currency.into_iter().chain(bounds);
        let first = currencies.next();
        let one = currencies.all(|currency| Some(currency) == first);
        one && match (self.at_least, self.below) {
            (Some(least), Some(below)) => least.micros() < below.micros(),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn eur(amount: &str) -> Money {
        Money::parse(amount, Currency::EUR).unwrap()
    }

    fn route(scheme: Option<&str>, systems: &[&str]) -> Route {
        Route {
            scheme: scheme.map(str::to_owned),
            currency: None,
            operation: None,
            at_least: None,
            below: None,
            systems: systems.iter().map(|&system| system.to_owned()).collect(),
        }
    }

    fn town() -> Routes {
        let usd = Currency::parse("USD").unwrap();
        Routes::new(vec![
            Route { operation: Some(Operation::Payout), ..route(None, &["sepa"]) },
            Route { currency: Some(usd), ..route(Some("card"), &["overseas"]) },
            Route { below: Some(eur("10.00")), ..route(Some("card"), &["cheap", "stripe"]) },
            Route {
                at_least: Some(eur("10.00")),
                below: Some(eur("1000.00")),
                ..route(Some("card"), &["stripe", "other", "third"])
            },
        ])
        .unwrap()
    }

    #[test]
    fn the_first_rule_that_fits_holds_and_without_one_the_scheme_is_the_system() {
        let usd = |amount| Money::parse(amount, Currency::parse("USD").unwrap()).unwrap();
        for (scheme, operation, amount, first) in [
            ("card", Operation::Charge, eur("9.99"), "cheap"),
            ("card", Operation::Charge, eur("10.00"), "stripe"),
            ("card", Operation::Authorise, eur("999.999999"), "stripe"),
            ("card", Operation::Charge, eur("1000.00"), "card"),
            ("card", Operation::Charge, usd("5.00"), "overseas"),
            ("card", Operation::Payout, usd("5.00"), "sepa"),
            ("simulator", Operation::Charge, eur("9.99"), "simulator"),
            ("simulator", Operation::Payout, eur("9.99"), "sepa"),
        ] {
            let routing = Routing { scheme, operation, amount };
            assert_eq!(town().first(&routing), first, "{routing:?}");
        }
    }

    #[test]
    fn the_next_system_is_the_one_after_and_there_is_none_after_the_last_or_without_a_rule() {
        let (routes, operation) = (town(), Operation::Charge);
        let routing = Routing { scheme: "card", operation, amount: eur("45.00") };
        for (system, next) in [
            ("stripe", Some("other")),
            ("other", Some("third")),
            ("third", None),
            ("cheap", None),
            ("", None),
        ] {
            assert_eq!(routes.after(system, &routing), next, "{system}");
        }
        let routing = Routing { scheme: "simulator", ..routing };
        assert_eq!(routes.after("simulator", &routing), None);
    }

    #[test]
    fn rules_that_cannot_hold_are_refused() {
        let dollars = Money::parse("1.00", Currency::parse("USD").unwrap()).unwrap();
        let good = route(Some("card"), &["stripe"]);
        for (bad, error) in [
            (route(None, &[]), InvalidRoute::NoSystem(2)),
            (route(None, &["a", "b", "a"]), InvalidRoute::Twice(2)),
            (Route { operation: Some(Operation::Refund), ..good.clone() }, InvalidRoute::GoesBack(2)),
            (Route { operation: Some(Operation::Void), ..good.clone() }, InvalidRoute::GoesBack(2)),
            (
                Route { at_least: Some(eur("5")), below: Some(eur("5")), ..good.clone() },
                InvalidRoute::EmptyRange(2),
            ),
            (
                Route { at_least: Some(eur("5")), below: Some(dollars), ..good.clone() },
                InvalidRoute::EmptyRange(2),
            ),
            (
                Route { currency: Some(Currency::EUR), below: Some(dollars), ..good.clone() },
                InvalidRoute::EmptyRange(2),
            ),
        ] {
            assert_eq!(Routes::new(vec![good.clone(), bad]), Err(error));
        }
    }
}
