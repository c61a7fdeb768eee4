//! Carries codes, invitations and notes: by the relay or folder that letters go by, and, for demonstrations, into a folder.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use backoffice::people::{
    Code, Courier, Invited, NotSent, Note, Reach, Sending, Written, code_letter, code_text,
    invitation_letter, moved_letter, moved_text, note_letter, note_text,
};
use backoffice::words::Words;
use core_payment::Clock as _;
use gateway::notify::Delivery;
use gateway::notify::callback::EventId;
use gateway::notify::mail::{Folder, Letter, Postman};
use payment_domain::{EmailAddress, Label};

use crate::clock::{SystemClock, random};
use crate::config::Config;

/// How people are reached.
pub(super) struct Post {
    letters: Option<Letters>,
    folder: Option<PathBuf>,
}

enum Letters {
    Relay(Postman),
    Folder(Folder),
}

impl Post {
    pub(super) fn new(config: &Config) -> anyhow::Result<Self> {
        let made = |path: &Path| {
            let path = config.path(path);
            std::fs::create_dir_all(&path).with_context(|| path.display().to_string()).map(|()| path)
        };
        let letters = match (config.mail.relay(&config.folder)?, &config.mail.folder) {
            (Some((settings, roots)), _) => Some(Letters::Relay(Postman::new(settings, &roots)?)),
            (None, Some(folder)) => {
                let (name, sender) = (config.mail.sender_name()?, config.mail.sender()?);
                Some(Letters::Folder(Folder::new(made(folder)?, &name, &sender)?))
            }
            (None, None) => None,
        };
        let folder = config.portals.codes_folder.as_deref().map(made).transpose()?;
        Ok(Self { letters, folder })
    }

    /// Letters in a folder are for looking at; where there is a folder for codes, those are easier to find there.
    const fn mails_codes(&self) -> bool {
        match &self.letters {
            Some(Letters::Relay(_)) => true,
            Some(Letters::Folder(_)) => self.folder.is_none(),
            None => false,
        }
    }

    async fn write_new(&self, to: &EmailAddress, written: Written) -> Result<(), NotSent> {
        let name: String = random::<12>().map_err(|_| NotSent)?.iter().map(|b| format!("{b:02x}")).collect();
        self.write(&name, to, written).await
    }

    async fn write(&self, name: &str, to: &EmailAddress, written: Written) -> Result<(), NotSent> {
        let letters = self.letters.as_ref().ok_or(NotSent)?;
        let letter = Letter {
            event: EventId::parse(&format!("people_{name}")).map_err(|_| NotSent)?,
            to: to.clone(),
            subject: subject(&written.subject).ok_or(NotSent)?,
            text: written.text,
            html: written.html,
            attachments: Vec::new(),
        };
        let delivery = match letters {
            Letters::Relay(postman) => postman.deliver(&letter, SystemClock.now()).await,
            Letters::Folder(folder) => folder.deliver(&letter, SystemClock.now()).await,
        };
        if delivery == Delivery::Sent { Ok(()) } else { Err(NotSent) }
    }

    /// One file an address and kind; the newest text takes the place of the one before.
    async fn drop_into_folder(&self, to: &Reach, kind: &'static str, text: String) -> Result<(), NotSent> {
        let folder = self.folder.clone().ok_or(NotSent)?;
        let plain = |c: char| if c.is_ascii_alphanumeric() || "@.+-".contains(c) { c } else { '_' };
        let name: String = to.reveal().chars().map(plain).collect();
        let write = move || -> std::io::Result<()> {
            let part = folder.join(format!(".{name}{kind}.part"));
            std::fs::write(&part, text)?;
            std::fs::rename(part, folder.join(format!("{name}{kind}.txt")))
        };
        match tokio::task::spawn_blocking(write).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(NotSent),
        }
    }
}

impl Courier for Post {
    fn send_code<'a>(&'a self, to: &'a Reach, code: &'a Code, words: Words) -> Sending<'a> {
        Box::pin(async move {
            match to {
                Reach::Email(email) if self.mails_codes() => {
                    self.write_new(email, code_letter(code, words).map_err(|_| NotSent)?).await
                }
                _ => self.drop_into_folder(to, "", format!("{}\n", code_text(code, words))).await,
            }
        })
    }

    fn send_invitation<'a>(&'a self, to: &'a Reach, invitation: &'a Invited, words: Words) -> Sending<'a> {
        Box::pin(async move {
            let written = invitation_letter(invitation, words).map_err(|_| NotSent)?;
            match to {
                Reach::Email(email) if self.letters.is_some() => self.write_new(email, written).await,
                _ => self.drop_into_folder(to, "", written.text).await,
            }
        })
    }

    fn send_moved<'a>(&'a self, to: &'a Reach, hint: &'a str, words: Words) -> Sending<'a> {
        Box::pin(async move {
            match to {
                Reach::Email(email) if self.letters.is_some() => {
                    self.write_new(email, moved_letter(hint, words).map_err(|_| NotSent)?).await
                }
                _ => self.drop_into_folder(to, "", format!("{}\n", moved_text(hint, words))).await,
            }
        })
    }

    fn send_note<'a>(&'a self, to: &'a Reach, note: &'a Note, words: Words) -> Sending<'a> {
        Box::pin(async move {
            match to {
                Reach::Email(email) if self.letters.is_some() => {
                    // Sent twice under one name, it is the same letter to whoever receives it.
                    self.write(&note.name, email, note_letter(note, words).map_err(|_| NotSent)?).await
                }
                // Never in the place of a code that somebody waits for.
                _ => self.drop_into_folder(to, ".note", format!("{}\n", note_text(note, words))).await,
            }
        })
    }

    fn reaches_phones(&self) -> bool {
        self.folder.is_some()
    }
}

/// A subject of any merchant's name, as long as a header may be.
fn subject(text: &str) -> Option<Label> {
    let short: String = text.chars().take(Label::MAX_CHARS).collect();
    Label::parse(short.trim()).ok()
}
