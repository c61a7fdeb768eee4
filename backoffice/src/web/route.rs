//! What a room offers at which address, as a table: a test walks it with every role, and fails for a route that is not in it.

use super::MemberRole;

/// An address of a portal, and who may use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// `GET`, `POST`.
    pub method: &'static str,
    /// As in the router: `/payments/{id}`.
    pub path: &'static str,
    /// Who may; empty where nobody needs to be signed in.
    pub roles: &'static [MemberRole],
}

impl Route {
    /// An address for whoever comes.
    #[must_use]
    pub const fn open(method: &'static str, path: &'static str) -> Self {
        Self { method, path, roles: &[] }
    }

    /// An address for whoever is signed in.
    #[must_use]
    pub const fn signed_in(method: &'static str, path: &'static str) -> Self {
        Self { method, path, roles: &MemberRole::ALL }
    }

    /// An address for those who may do what this role may.
    #[must_use]
    pub const fn for_role(method: &'static str, path: &'static str, role: MemberRole) -> Self {
        let roles: &[MemberRole] = match role {
            MemberRole::Viewer => &MemberRole::ALL,
            MemberRole::Manager => &[MemberRole::Manager, MemberRole::Owner],
            MemberRole::Owner => &[MemberRole::Owner],
        };
        Self { method, path, roles }
    }
}
