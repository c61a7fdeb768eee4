//! What leaves by itself: the dispatchers of `serve`, and `meteore outbox`, by which an operator sees what waits and
//! sends again what was given up.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::Arc;

use actix_web::rt;
use anyhow::{Context as _, ensure};
use clap::{Subcommand, ValueEnum};
use core_payment::{Clock as _, Core, Filter, Listed};
use gateway::notify::callback::{Caller, MachineResolver};
use gateway::notify::dispatch::{Channel, Deliver, Dispatcher};
use gateway::notify::mail::{Folder, Letter, Postman};
use gateway::notify::notices::{Callbacks, Letters};
use payment_domain::{PartyId, Timestamp};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::clock::SystemClock;
use crate::config::Config;
use crate::installation;

/// What `meteore outbox` can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Outbox {
    /// List what has to be sent, oldest first; no address is shown
    List {
        /// Only items in this state
        #[arg(long)]
        state: Option<State>,
        /// Only items of this party
        #[arg(long)]
        party: Option<String>,
        /// Only items after this number
        #[arg(long, default_value_t = 0)]
        after: i64,
        /// At most so many
        #[arg(long, default_value_t = 100)]
        limit: i64,
    },
    /// Send items again: those named, or all that were given up
    ///
    /// The receiver gets the same document under the same id as before.
    Resend {
        /// The numbers of items, sent or given up
        ids: Vec<i64>,
        /// All items that were given up
        #[arg(long, conflicts_with = "ids")]
        all_dead: bool,
        /// Of those, only the ones of this party
        #[arg(long, requires = "all_dead")]
        party: Option<String>,
    },
}

/// A state of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum State {
    /// To be sent, or sent again
    Due,
    /// Arrived
    Sent,
    /// Given up
    Dead,
}

/// Runs `meteore outbox`.
pub(crate) fn run(outbox: &Outbox, config: &Config, out: &mut impl Write) -> anyhow::Result<()> {
    let core = installation::core(config)?;
    let done = obey(&core, outbox, out);
    core.shut_down();
    done
}

fn obey(core: &Core, outbox: &Outbox, out: &mut impl Write) -> anyhow::Result<()> {
    match outbox {
        Outbox::List { state, party, after, limit } => {
            let filter = Filter {
                state: state.map(word),
                party: named(core, party.as_deref())?,
                after: *after,
                limit: *limit,
            };
            core.notices(&filter)?.iter().try_for_each(|item| list(item, out))?;
        }
        Outbox::Resend { ids, all_dead, party } => {
            ensure!(*all_dead || !ids.is_empty(), "name items, or say --all-dead");
            let state = all_dead.then(|| word(State::Dead));
            let filter = Filter { state, party: named(core, party.as_deref())?, ..Filter::default() };
            let again = core.resend(&filter, ids)?;
            if *all_dead || again > 0 {
                writeln!(out, "{again} will be sent again")?;
            }
            let wanted = ids.iter().collect::<BTreeSet<_>>().len();
            ensure!(
                *all_dead || again == wanted,
                "{again} of {wanted} had been sent or given up: the others are still due, or do not exist"
            );
        }
    }
    Ok(())
}

fn list(item: &Listed, out: &mut impl Write) -> anyhow::Result<()> {
    let Listed { id, kind, party, subject, state, tries, due_at, fault, .. } = item;
    let fault = fault.as_deref().unwrap_or("-");
    // What has ended is not tried again.
    let next = if state == "due" { due_at.to_string() } else { "-".to_owned() };
    writeln!(
        out,
        "{id}  {}  {party}  {subject}  {state}  tries {tries}  next {next}  {fault}",
        kind.as_str()
    )?;
    Ok(())
}

fn word(state: State) -> String {
    match state {
        State::Due => "due",
        State::Sent => "sent",
        State::Dead => "dead",
    }
    .to_owned()
}

/// A party that was named, and that there is.
fn named(core: &Core, party: Option<&str>) -> anyhow::Result<Option<PartyId>> {
    let Some(name) = party else { return Ok(None) };
    let party = PartyId::parse(name).context("--party")?;
    ensure!(core.details(&party)?.is_some(), "--party: {party} is not registered");
    Ok(Some(party))
}

/// Starts to deliver what the configuration has a way for.
pub(crate) fn start(
    config: &Config,
    core: &Core,
    stop: &watch::Receiver<bool>,
) -> anyhow::Result<Vec<JoinHandle<()>>> {
    let mut workers = Vec::new();
    if let Some((settings, roots)) = config.mail.relay(&config.folder)? {
        workers.push(send_letters(
            config,
            core,
            Postman::new(settings, &roots).context("mail.relay")?,
            stop,
        )?);
    } else if let Some(folder) = &config.mail.folder {
        let path = config.path(folder);
        std::fs::create_dir_all(&path).with_context(|| format!("mail.folder: {}", path.display()))?;
        let folder = Folder::new(path, &config.mail.sender_name()?, &config.mail.sender()?)?;
        workers.push(send_letters(config, core, folder, stop)?);
    }
    if let Some((settings, roots)) = config.callbacks.settings(&config.folder)? {
        let caller = Caller::new(settings, &roots, Arc::new(MachineResolver)).context("callbacks")?;
        let due = Arc::new(Callbacks::new(core.clone()));
        let settings = config.callbacks.dispatch(&config.outbox);
        let dispatcher = Dispatcher::new(Channel::Callback, due, caller, settings, clock());
        workers.push(rt::spawn(dispatcher.run(stop.clone())));
    }
    Ok(workers)
}

fn send_letters<D: Deliver<Content = Letter> + 'static>(
    config: &Config,
    core: &Core,
    courier: D,
    stop: &watch::Receiver<bool>,
) -> anyhow::Result<JoinHandle<()>> {
    let due = Arc::new(Letters::new(core.clone(), config.mail.sender_name()?));
    let settings = config.mail.dispatch(&config.outbox);
    let dispatcher = Dispatcher::new(Channel::Email, due, courier, settings, clock());
    Ok(rt::spawn(dispatcher.run(stop.clone())))
}

fn clock() -> Arc<dyn Fn() -> Timestamp + Send + Sync> {
    Arc::new(|| SystemClock.now())
}
