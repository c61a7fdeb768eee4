//! Letters into a folder, one `.eml` file each, for demonstrations and for installations whose mail others fetch.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use lettre::Address;
use lettre::message::Mailbox;
use payment_domain::{EmailAddress, Label, Timestamp};

use super::{Letter, PostmanError, compose};
use crate::notify::delivery::{Delivery, Fault, Reason};

/// A folder that takes letters. A letter that is sent again takes the place of the first.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
    sender: Mailbox,
}

impl Folder {
    /// Letters go into this folder, which must exist.
    ///
    /// # Errors
    /// [`PostmanError::Sender`].
    pub fn new(path: PathBuf, sender_name: &Label, sender: &EmailAddress) -> Result<Self, PostmanError> {
        let address = Address::from_str(sender.reveal()).map_err(|_| PostmanError::Sender)?;
        Ok(Self { path, sender: Mailbox::new(Some(sender_name.to_string()), address) })
    }

    /// Writes one letter, whole or not at all.
    pub async fn deliver(&self, letter: &Letter, now: Timestamp) -> Delivery {
        let Ok(message) = compose::compose(letter, &self.sender, now) else {
            return Delivery::Refused(Reason::Unbuildable);
        };
        let path = self.path.join(letter.event.as_str());
        match tokio::task::spawn_blocking(move || write(&path, &message.formatted())).await {
            Ok(Ok(())) => Delivery::Sent,
            Ok(Err(_)) | Err(_) => Delivery::retry(Reason::Unreachable, Fault::Way),
        }
    }
}

fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let (part, whole) = (path.with_extension("part"), path.with_extension("eml"));
    let mut file = std::fs::File::create(&part)?;
    file.write_all(content)?;
    file.sync_all()?;
    std::fs::rename(part, whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::mail::tests::letter;

    #[tokio::test]
    async fn a_letter_becomes_a_file_and_a_repetition_takes_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let name = Label::parse("Meteore").unwrap();
        let sender = EmailAddress::parse("billing@meteore.example").unwrap();
        let post = Folder::new(folder.path().to_owned(), &name, &sender).unwrap();
        for _ in 0..2 {
            let delivery = post.deliver(&letter("alice@example.org"), Timestamp::EPOCH).await;
            assert_eq!(delivery, Delivery::Sent);
        }
        let files: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
        assert_eq!(files, ["bill_42.eml"]);
        let written = std::fs::read_to_string(folder.path().join("bill_42.eml")).unwrap();
        assert!(written.contains("To: alice@example.org\r\n"));
        let gone = Folder { path: folder.path().join("nowhere"), ..post };
        let delivery = gone.deliver(&letter("alice@example.org"), Timestamp::EPOCH).await;
        assert_eq!(delivery, Delivery::retry(Reason::Unreachable, Fault::Way));
    }
}
