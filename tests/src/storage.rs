//! Plain SQL against the database under test, for tests that tamper and for counting what is durable.

pub mod plans;

use anyhow::{Context as _, Result};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

/// A session with either engine.
pub enum Sql {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    value: String,
}

impl Sql {
    /// Opens `sqlite:PATH` or `postgres://…`.
    ///
    /// # Errors
    /// If the database does not answer.
    pub fn open(url: &str) -> Result<Self> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let mut connection = SqliteConnection::establish(path)?;
            connection.batch_execute("PRAGMA busy_timeout = 10000")?;
            return Ok(Self::Sqlite(connection));
        }
        PgConnection::establish(url).map(Self::Postgres).context("PostgreSQL does not answer")
    }

    /// Runs statements.
    ///
    /// # Errors
    /// What the database says.
    pub fn execute(&mut self, statements: &str) -> Result<()> {
        match self {
            Self::Sqlite(connection) => connection.batch_execute(statements)?,
            Self::Postgres(connection) => connection.batch_execute(statements)?,
        }
        Ok(())
    }

    /// Runs one statement and says how many rows it touched.
    ///
    /// # Errors
    /// What the database says.
    pub fn touch(&mut self, statement: &str) -> Result<usize> {
        let query = diesel::sql_query(statement);
        Ok(match self {
            Self::Sqlite(connection) => query.execute(connection)?,
            Self::Postgres(connection) => query.execute(connection)?,
        })
    }

    /// The one number that an expression yields, such as `SELECT COUNT(*) FROM transfer`.
    ///
    /// # Errors
    /// What the database says.
    pub fn number(&mut self, expression: &str) -> Result<i64> {
        let query = diesel::sql_query(format!("SELECT CAST(({expression}) AS BIGINT) AS value"));
        let number: Number = match self {
            Self::Sqlite(connection) => query.get_result(connection)?,
            Self::Postgres(connection) => query.get_result(connection)?,
        };
        Ok(number.value)
    }

    /// The column `value` of a query, as text.
    ///
    /// # Errors
    /// What the database says.
    pub fn words(&mut self, query: &str) -> Result<Vec<String>> {
        let query = diesel::sql_query(query);
        let words: Vec<Word> = match self {
            Self::Sqlite(connection) => query.get_results(connection)?,
            Self::Postgres(connection) => query.get_results(connection)?,
        };
        Ok(words.into_iter().map(|word| word.value).collect())
    }
}
