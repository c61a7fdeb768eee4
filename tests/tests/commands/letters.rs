//! `outbox list` and `outbox resend`, mistyped; that what is due goes out is tested in `notify`.

use anyhow::Result;
use core_payment::{ChangeParty, Details};
use payment_domain::EmailAddress;
use tests::database::Database;
use tests::on_each_database;

use crate::desk::{Desk, FRIDA};

on_each_database!(what_waits_to_be_sent_is_listed_and_only_what_was_sent_is_sent_again);

async fn what_waits_to_be_sent_is_listed_and_only_what_was_sent_is_sent_again(
    database: Database,
) -> Result<()> {
    let desk = Desk::open(database, []).await?;
    let core = desk.scene.town.core(&desk.scene.database)?;
    let email = Some(EmailAddress::parse("frida@example.org")?);
    let name = desk.scene.town.party(FRIDA).id.clone();
    let details = Some(Details { email, ..Details::default() });
    core.change_party(ChangeParty { name, active: None, external: None, details }).await?;
    core.shut_down();
    assert_eq!(desk.works(&["outbox", "list"])?, "");
    desk.pay(FRIDA, &desk.offer("1.80").await?).await?;
    desk.works(&["close-period", "--all", "--of", "consumers"])?;

    let listed = desk.works(&["outbox", "list", "--party", FRIDA, "--state", "due"])?;
    let [id, kind, party, ..] = listed.split_whitespace().collect::<Vec<_>>()[..] else {
        panic!("no letter: {listed}")
    };
    assert_eq!((listed.lines().count(), kind, party), (1, "email", FRIDA));
    assert!(listed.contains("  due  tries 0  next 20") && !listed.contains('@'), "{listed}");
    desk.fails(&["outbox", "resend", id], "0 of 1 had been sent or given up")?;
    desk.fails(&["outbox", "resend", "7"], "the others are still due, or do not exist")?;
    desk.fails(&["outbox", "resend"], "name items, or say --all-dead")?;
    desk.fails(&["outbox", "list", "--party", "nobody"], "--party: nobody is not registered")?;
    assert_eq!(desk.works(&["outbox", "resend", "--all-dead"])?, "0 will be sent again\n");

    desk.scene.database.sql()?.execute("UPDATE outbox SET state = 'sent', tries = 1")?;
    let listed = desk.works(&["outbox", "list", "--state", "sent"])?;
    assert!(listed.contains("  sent  tries 1  next -  -"), "{listed}");
    let said = desk.say(&["outbox", "resend", id, id, "7"])?;
    assert_eq!((said.code, said.out.as_str()), (Some(2), "1 will be sent again\n"));
    assert!(said.err.contains("1 of 2 had been sent"), "{}", said.err);
    desk.close(1)
}
