//! What a certificate's role entitles to (R34, R39): a scope has duties, an address asks for one.

use payment_domain::Role;

/// How far an operator's certificate reaches: `operator`, or `operator:SCOPE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// `operator`: everything, but never alone what needs two.
    Everything,
    /// `operator:finance`.
    Finance,
    /// `operator:support`.
    Support,
    /// `operator:security`.
    Security,
    /// `operator:audit`: looks, and changes nothing.
    Audit,
}

/// What somebody is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Duty {
    /// Sees how the system stands.
    Look,
    /// Reads the log of acts.
    Log,
    /// Finds merchants and consumers.
    People,
    /// Lets new ones in.
    Admit,
    /// Keeps them from acting, and lets them act again.
    Suspend,
    /// Looks through ledger, periods and bank files.
    Books,
    /// Deals with bank files and with what does not fit.
    Settle,
    /// Proposes what is allowed.
    Limits,
    /// Sees what could not be delivered, and sends it again.
    Messages,
    /// Reads the risk log.
    Risk,
    /// Learns, with a second person, who is behind a payment (R49).
    Reveal,
    /// Is the second person of somebody else's act. Each act asks for its own duty besides.
    Decide,
}

/// An address of this portal, and the duty that it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// `GET`, `POST`.
    pub method: &'static str,
    /// As in the router.
    pub path: &'static str,
    /// What for.
    pub duty: Duty,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 5] = [Self::Everything, Self::Finance, Self::Support, Self::Security, Self::Audit];

    /// The scope of a role; `None` for those who are no operators, and for scopes that nobody knows.
    #[must_use]
    pub fn of(role: &Role) -> Option<Self> {
        let Role::Operator(scope) = role else { return None };
        match scope.as_ref().map(|scope| scope.as_str()) {
            None => Some(Self::Everything),
            Some("finance") => Some(Self::Finance),
            Some("support") => Some(Self::Support),
            Some("security") => Some(Self::Security),
            Some("audit") => Some(Self::Audit),
            Some(_) => None,
        }
    }

    /// Whether it has this duty.
    #[must_use]
    pub const fn may(self, duty: Duty) -> bool {
        match self {
            Self::Everything => true,
            Self::Finance => {
                matches!(
                    duty,
                    Duty::Look | Duty::People | Duty::Books | Duty::Settle | Duty::Limits | Duty::Decide
                )
            }
            Self::Support => matches!(
                duty,
                Duty::Look
                    | Duty::People
                    | Duty::Admit
                    | Duty::Suspend
                    | Duty::Messages
                    | Duty::Reveal
                    | Duty::Decide
            ),
            Self::Security => matches!(
                duty,
                Duty::Look
                    | Duty::Log
                    | Duty::People
                    | Duty::Suspend
                    | Duty::Risk
                    | Duty::Reveal
                    | Duty::Decide
            ),
            Self::Audit => matches!(duty, Duty::Look | Duty::Log | Duty::Books | Duty::Risk),
        }
    }
}

impl Entry {
    pub(super) const fn new(method: &'static str, path: &'static str, duty: Duty) -> Self {
        Self { method, path, duty }
    }

    pub(super) fn is(&self, method: &str, path: &str) -> bool {
        self.method == method && self.path == path
    }
}
