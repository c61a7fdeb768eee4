//! What statements are run, and how the databases plan them.

use std::cell::RefCell;
use std::collections::BTreeSet;

use anyhow::Result;
use diesel::connection::{InstrumentationEvent, set_default_instrumentation};
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::Sql;

thread_local! {
    static HEARD: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
}

/// From now on, connections that are opened note what they run, for the thread that runs it.
///
/// # Errors
/// If something else listens.
pub fn listen() -> Result<()> {
    set_default_instrumentation(|| {
        Some(Box::new(|event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { query, .. } = event {
                let text = query.to_string();
                let text = text.split(" -- binds:").next().unwrap_or_default().trim().to_owned();
                HEARD.with_borrow_mut(|heard| heard.insert(text));
            }
        }))
    })?;
    Ok(())
}

/// What this thread has run since it was asked last, each text once.
#[must_use]
pub fn heard() -> BTreeSet<String> {
    HEARD.take()
}

#[derive(QueryableByName)]
struct SqliteLine {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[derive(QueryableByName)]
struct PostgresLine {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    line: String,
}

impl Sql {
    /// How a statement is planned, whatever its parameters are; on PostgreSQL with the settings of the server's connections.
    ///
    /// # Errors
    /// What the database says.
    pub fn plan(&mut self, text: &str) -> Result<String> {
        let lines: Vec<String> = match self {
            Self::Sqlite(connection) => {
                let lines: Vec<SqliteLine> =
                    diesel::sql_query(format!("EXPLAIN QUERY PLAN {text}")).load(connection)?;
                lines.into_iter().map(|line| line.detail).collect()
            }
            Self::Postgres(_) => {
                self.execute(&format!(
                    "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_hashjoin = off; \
                     SET enable_mergejoin = off; SET jit = off; PREPARE planned AS {text}"
                ))?;
                let parameters =
                    (1..=32).rev().find(|number| text.contains(&format!("${number}"))).unwrap_or(0);
                let nothing = vec!["NULL"; parameters].join(", ");
                let all = if parameters == 0 { String::new() } else { format!("({nothing})") };
                let lines = self.explained(&format!("EXECUTE planned{all}"))?;
                self.execute("DEALLOCATE planned")?;
                lines
            }
        };
        Ok(lines.join("\n"))
    }

    fn explained(&mut self, execute: &str) -> Result<Vec<String>> {
        let Self::Postgres(connection) = self else { anyhow::bail!("only PostgreSQL prepares by name") };
        let lines: Vec<PostgresLine> = diesel::sql_query(format!("EXPLAIN {execute}")).load(connection)?;
        Ok(lines.into_iter().map(|line| line.line).collect())
    }
}
