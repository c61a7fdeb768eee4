//! A scratch database on either engine, and one test for both.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Result;

use crate::peer;
use crate::postgres::{self, Durability, Postgres};
use crate::scratch::Scratch;
use crate::storage::Sql;

/// The two engines that every flow has to work on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// An empty database, dropped with its owner.
#[derive(Debug)]
pub struct Database {
    engine: Engine,
    url: String,
    home: Home,
}

#[derive(Debug)]
enum Home {
    File(PathBuf, #[expect(dead_code, reason = "kept for its drop")] Scratch),
    Server {
        admin: String,
        name: String,
    },
    /// A database that somebody else drops.
    Lent,
}

impl Database {
    /// An empty database, or `None` (said visibly) where PostgreSQL is not installed.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn new(engine: Engine) -> Result<Option<Self>> {
        match engine {
            Engine::Sqlite => Self::sqlite().map(Some),
            Engine::Postgres => {
                let server = postgres::shared();
                if !peer::is_there("PostgreSQL", server.is_some()) {
                    return Ok(None);
                }
                server.map(Self::on_server).transpose()
            }
        }
    }

    /// An empty SQLite database in a folder of its own.
    ///
    /// # Errors
    /// If the folder cannot be made.
    pub fn sqlite() -> Result<Self> {
        let scratch = Scratch::new("sqlite")?;
        let file = scratch.path().join("meteore.db");
        Ok(Self {
            engine: Engine::Sqlite,
            url: format!("sqlite:{}", file.display()),
            home: Home::File(file, scratch),
        })
    }

    /// An empty database that survives a power cut, as for a measurement; with its server, which is to live longer.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn durable(engine: Engine) -> Result<(Option<Postgres>, Self)> {
        match engine {
            Engine::Sqlite => Ok((None, Self::sqlite()?)),
            Engine::Postgres => {
                let server = Postgres::start(Durability::Full)?;
                let database = Self::on_server(&server.url("postgres"))?;
                Ok((Some(server), database))
            }
        }
    }

    /// A SQLite database at a place of the caller's.
    #[must_use]
    pub fn sqlite_at(file: &std::path::Path) -> Self {
        Self { engine: Engine::Sqlite, url: format!("sqlite:{}", file.display()), home: Home::Lent }
    }

    /// An empty database on the server at a superuser's URL.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn on_server(admin: &str) -> Result<Self> {
        Self::create(admin, "")
    }

    fn create(admin: &str, options: &str) -> Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("meteore_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        Sql::open(admin)?.execute(&format!("CREATE DATABASE {name} {options}"))?;
        let (server, _) = admin.rsplit_once('/').unwrap_or((admin, ""));
        let url = format!("{server}/{name}");
        Ok(Self { engine: Engine::Postgres, url, home: Home::Server { admin: admin.to_owned(), name } })
    }

    /// An empty database beside this one.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn sibling(&self) -> Result<Self> {
        match &self.home {
            Home::Server { admin, .. } => Self::on_server(admin),
            Home::File(..) | Home::Lent => Self::sqlite(),
        }
    }

    /// Another database with the same content. Nobody may be connected to this one.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn copy(&self) -> Result<Self> {
        match &self.home {
            Home::Server { admin, name } => Self::create(admin, &format!("TEMPLATE {name}")),
            Home::File(file, _) => {
                self.size_bytes()?;
                let copy = Self::sqlite()?;
                std::fs::copy(file, copy.url.trim_start_matches("sqlite:"))?;
                Ok(copy)
            }
            Home::Lent => anyhow::bail!("a lent database is not copied"),
        }
    }

    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A session for SQL.
    ///
    /// # Errors
    /// If the database does not answer.
    pub fn sql(&self) -> Result<Sql> {
        Sql::open(&self.url)
    }

    /// Does now what it would do by itself some time after very much was written (statistics, visibility, writing back), so that
    /// it does not do so while something is measured.
    ///
    /// # Errors
    /// If it does not.
    pub fn settle(&self) -> Result<()> {
        let mut sql = self.sql()?;
        match self.engine {
            Engine::Sqlite => sql.execute("ANALYZE")?,
            Engine::Postgres => sql.execute("VACUUM ANALYZE")?,
        }
        drop(sql);
        self.size_bytes().map(drop)
    }

    /// What it takes on disk, in bytes, after writing back what is in the log.
    ///
    /// # Errors
    /// If it does not say.
    pub fn size_bytes(&self) -> Result<u64> {
        if let Home::File(file, _) = &self.home {
            self.sql()?.execute("PRAGMA wal_checkpoint(TRUNCATE)")?;
            return Ok(std::fs::metadata(file)?.len());
        }
        let mut sql = self.sql()?;
        sql.execute("CHECKPOINT")?;
        Ok(u64::try_from(sql.number("SELECT pg_database_size(current_database())")?)?)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Home::Server { admin, name } = &self.home {
            let _ = Sql::open(admin)
                .and_then(|mut sql| sql.execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")));
        }
    }
}

/// Makes of `async fn name(database: Database) -> anyhow::Result<()>` two tests, `name::sqlite` and `name::postgres`.
#[macro_export]
macro_rules! on_each_database {
    ($($name:ident),+ $(,)?) => {
        $(mod $name {
            #[test]
            fn sqlite() {
                $crate::database::run($crate::database::Engine::Sqlite, super::$name);
            }

            #[test]
            fn postgres() {
                $crate::database::run($crate::database::Engine::Postgres, super::$name);
            }
        })+
    };
}

/// Runs one asynchronous test on a fresh database.
///
/// # Panics
/// When the test fails.
pub fn run<F: Future<Output = Result<()>>>(engine: Engine, test: impl FnOnce(Database) -> F) {
    let Some(database) = Database::new(engine).expect("a scratch database") else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    if let Err(error) = runtime.block_on(test(database)) {
        panic!("{error:?}");
    }
}
