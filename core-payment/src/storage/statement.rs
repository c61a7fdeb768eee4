//! Statements with a static identity, which diesel prepares once for each connection.
//!
//! diesel caches no prepared statement for DSL updates, `sql_query` and batch inserts; a `QueryFragment` with a static
//! `QueryId` it does. Only the hot path is written this way: see [`super::journal`]. Other rooms that read or write much use
//! it in their own `storage` module.

/// Declares a statement for one engine: its parameters, then its text with the parameters' names between the pieces.
#[expect(clippy::crate_in_macro_def, reason = "the `storage` module of whoever calls it")]
#[macro_export]
macro_rules! statement {
    ($(#[$doc:meta])* $name:ident on $db:ty $(=> ($($ret:ty),+))? { $($field:ident: $rust:ty as $sql:ty),* $(,)? }
        $first:literal $($param:ident $text:literal)*) => {
        $(#[$doc])*
        pub(in crate::storage) struct $name {
            $(pub(in crate::storage) $field: $rust,)*
        }

        impl diesel::query_builder::QueryId for $name {
            type QueryId = Self;
            const HAS_STATIC_QUERY_ID: bool = true;
        }

        impl diesel::query_builder::QueryFragment<$db> for $name {
            fn walk_ast<'b>(
                &'b self,
                mut out: diesel::query_builder::AstPass<'_, 'b, $db>,
            ) -> diesel::QueryResult<()> {
                out.push_sql($first);
                $(
                    self.$param(&mut out)?;
                    out.push_sql($text);
                )*
                Ok(())
            }
        }

        impl $name {
            $(
                fn $field<'b>(
                    &'b self,
                    out: &mut diesel::query_builder::AstPass<'_, 'b, $db>,
                ) -> diesel::QueryResult<()> {
                    out.push_bind_param::<$sql, _>(&self.$field)
                }
            )*
        }

        impl<C> diesel::RunQueryDsl<C> for $name {}

        $(
            impl diesel::query_builder::Query for $name {
                type SqlType = ($($ret,)+);
            }
        )?
    };
}
