//! Asked for help, mistyped, or called where nothing was set up: every command says how it is used.

use anyhow::{Result, ensure};
use tests::app::say;
use tests::scratch::Scratch;

/// Commands with words that their help has to explain.
const COMMANDS: &[(&[&str], &[&str])] = &[
    (&["close-period"], &["--all", "--of <OF>", "consumers:", "merchants:"]),
    (&["show-bill"], &["<NUMBER>", "--format", "pdf:", "--output"]),
    (&["inclusion-proof"], &["<RECEIPT>", "--for", "--output", "--bill"]),
    (&["verify-inclusion"], &["--receipt", "--bill", "--proof", "--ca", "--crl"]),
    (&["dispute"], &["list", "decide"]),
    (&["dispute", "list"], &["oldest first"]),
    (&["dispute", "decide"], &["<ID>", "--for", "consumer:", "merchant:"]),
    (&["bill"], &["list", "show", "pay", "write-off", "return"]),
    (&["bill", "list"], &["--consumer <NAME>", "--settled", "--after", "--limit", "oldest first"]),
    (&["bill", "show"], &["<NUMBER>", "show-bill"]),
    (
        &["bill", "pay"],
        &["<NUMBER> <AMOUNT>", "--id", "--system", "nothing is booked twice", "party change --suspend"],
    ),
    (&["bill", "return"], &["<NUMBER> <AMOUNT>", "--id", "--system", "`reconcile`"]),
    (&["bill", "write-off"], &["<NUMBER>", "a loss"]),
    (&["party"], &["add", "change", "fees", "invite"]),
    (&["party", "change"], &["<NAME>", "--suspend", "--reinstate", "--iban", "--callback"]),
    (&["party", "fees"], &["<NAME>", "--share-ppm <MILLIONTHS>", "--cadence", "--from <DATE>"]),
    (&["payouts"], &["--write", "--list-files", "--again <FILE-ID>", "meteore reconcile"]),
    (
        &["reconcile"],
        &[
            "<FILE|--breaks|--resolve <BREAK>|--take-back <BREAK>>",
            "--borne-by <WHO>",
            "pain.002",
            "camt.053",
            "the exit code is 1",
        ],
    ),
    (&["rates"], &["[FILE]", "eurofxref-daily.xml"]),
    (&["outbox"], &["list", "resend"]),
    (&["outbox", "list"], &["--state", "dead:", "--party"]),
    (&["outbox", "resend"], &["[IDS]", "--all-dead"]),
];

#[test]
fn every_command_explains_itself() -> Result<()> {
    for (command, words) in COMMANDS {
        let help = say(&[command, &["--help"][..]].concat())?;
        ensure!((help.code, help.err.as_str()) == (Some(0), ""), "{command:?}: {help:?}");
        let usage = format!("Usage: meteore {}", command.join(" "));
        for word in words.iter().copied().chain([usage.as_str(), "--config <FILE>"]) {
            ensure!(help.out.contains(word), "{command:?}: no `{word}` in\n{}", help.out);
        }
    }
    Ok(())
}

#[test]
fn what_was_mistyped_is_named_with_what_is_right() -> Result<()> {
    for (typed, words) in [
        (&["close-periods"][..], "'close-period'"),
        (&["close-period", "--al"], "'--all'"),
        (&["dispute"], "Usage: meteore dispute"),
        (&["dispute", "decided"], "'decide'"),
        (&["bill"], "Usage: meteore bill"),
        (&["bill", "paid"], "'pay'"),
        (&["bill", "pay", "7"], "<AMOUNT>"),
        (&["party", "fee"], "'fees'"),
        (&["payouts", "--write", "--list-files"], "cannot be used with '--list-files'"),
        (&["reconcile"], "<FILE|--breaks|--resolve <BREAK>|--take-back <BREAK>>"),
        (&["reconcile", "--breaks", "--resolve", "7/1"], "cannot be used with"),
        (&["reconcile", "answer.xml", "--breaks"], "cannot be used with"),
        (&["reconcile", "--take-back", "7/1", "--resolve", "7/1"], "cannot be used with"),
        (&["reconcile", "answer.xml", "--borne-by", "house"], "cannot be used with"),
        (&["reconcile", "--take-back", "7/1", "--borne-by", "nobody"], "[possible values: merchant, house]"),
        (&["outbox", "list", "--state", "lost"], "possible values: due, sent, dead"),
        (&["outbox", "resend", "first"], "invalid value 'first' for '[IDS]...'"),
        (&["outbox", "resend", "--party", "alice"], "--all-dead"),
    ] {
        let said = say(typed)?;
        ensure!(said.code == Some(2) && said.out.is_empty(), "{typed:?}: {said:?}");
        ensure!(said.err.contains(words), "{typed:?}: no `{words}` in\n{}", said.err);
    }
    Ok(())
}

#[test]
fn where_nothing_was_set_up_the_next_step_is_named() -> Result<()> {
    let folder = Scratch::new("nothing")?;
    let config = folder.path().join("meteore.toml");
    let config = config.to_str().unwrap_or_default();
    let commands: [&[&str]; 8] = [
        &["close-period"],
        &["show-bill", "7"],
        &["dispute", "list"],
        &["bill", "list"],
        &["party", "change", "frida", "--suspend"],
        &["payouts"],
        &["rates"],
        &["outbox", "list"],
    ];
    let fails = |command: &[&str], words: &[&str]| -> Result<()> {
        let said = say(&[command, &["--config", config]].concat())?;
        ensure!(said.code == Some(2) && said.out.is_empty(), "{command:?}: {said:?}");
        let found = words.iter().all(|word| said.err.contains(word));
        ensure!(found && said.err.starts_with("meteore: "), "{command:?}: no {words:?} in\n{}", said.err);
        Ok(())
    };
    for command in commands {
        fails(command, &["meteore.toml", "No such file"])?;
    }
    std::fs::write(config, "")?;
    for command in commands {
        fails(command, &["`meteore ca init` makes one"])?;
    }
    ensure!(say(&["ca", "init", "--config", config])?.code == Some(0), "a PKI");
    for command in commands {
        fails(command, &["`meteore migrate`"])?;
    }
    std::fs::write(config, "[aggregation]\nzone = 'Berlin'\n")?;
    fails(commands[0], &["aggregation.zone", "a zone is written +01:00"])
}
