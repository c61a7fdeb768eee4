//! One conversation with the relay, and what each of its answers means for a letter.

use std::sync::Arc;

use lettre::address::Envelope;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials as Login, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::ClientId;
use rustls::ClientConfig;
use rustls_pki_types::ServerName;

use super::{Credentials, Security, starttls};
use crate::notify::delivery::{Delivery, Fault, Reason, SmtpCode};

/// Where the relay is and how we talk to it.
pub(super) struct Relay {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) name: ServerName<'static>,
    pub(super) security: Security,
    pub(super) credentials: Option<Credentials>,
    /// What we call ourselves.
    pub(super) hello: String,
    pub(super) tls: Arc<ClientConfig>,
}

/// An open connection, logged in.
pub(super) struct Session {
    connection: AsyncSmtpConnection,
    usable: bool,
}

/// Where in the conversation an answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Sender,
    Recipient,
    Content,
}

impl Relay {
    pub(super) async fn connect(&self) -> Result<Session, Reason> {
        let stream = starttls::open(self).await?;
        let hello = ClientId::Domain(self.hello.clone());
        let mut connection =
            AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello).await.map_err(broken)?;
        if let Some(credentials) = &self.credentials {
            let login = Login::new(credentials.user.clone(), credentials.password.as_str().to_owned());
            connection.auth(&[Mechanism::Plain, Mechanism::Login], &login).await.map_err(|error| {
                // No common mechanism is an error of the client's.
                let refused = error.is_permanent() || error.is_client();
                if refused { Reason::Credentials } else { broken(error) }
            })?;
        }
        Ok(Session { connection, usable: true })
    }
}

impl Session {
    /// Hands over one message. The steps are taken one by one, for the step decides what a refusal means.
    pub(super) async fn send(&mut self, envelope: &Envelope, message: &[u8]) -> Delivery {
        match self.converse(envelope, message).await {
            Ok(()) => Delivery::Sent,
            Err((step, error)) => {
                // After a whole reply the conversation is in a known state; after anything else it is not.
                self.usable = error.status().is_some_and(|code| u16::from(code) != 421);
                judge(step, &error)
            }
        }
    }

    async fn converse(&mut self, envelope: &Envelope, message: &[u8]) -> Result<(), (Step, Error)> {
        let at = |step| move |error| (step, error);
        let sender = Mail::new(envelope.from().cloned(), Vec::new());
        self.connection.command(sender).await.map_err(at(Step::Sender))?;
        for recipient in envelope.to() {
            let recipient = Rcpt::new(recipient.clone(), Vec::new());
            self.connection.command(recipient).await.map_err(at(Step::Recipient))?;
        }
        self.connection.command(Data).await.map_err(at(Step::Content))?;
        self.connection.message(message).await.map_err(at(Step::Content))?;
        Ok(())
    }

    /// Forgets what was said before. False if the relay does not answer any more.
    pub(super) async fn reset(&mut self) -> bool {
        self.connection.command(Rset).await.is_ok()
    }

    pub(super) const fn is_usable(&self) -> bool {
        self.usable
    }
}

/// A failure that came without an SMTP status.
fn broken(error: Error) -> Reason {
    if error.is_response() || error.is_client() { Reason::Protocol } else { Reason::Unreachable }
}

fn judge(step: Step, error: &Error) -> Delivery {
    let Some(status) = error.status() else {
        let reason = if error.is_response() { Reason::Protocol } else { Reason::Unreachable };
        return Delivery::retry(reason, Fault::Way);
    };
    let text = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    let code = SmtpCode { reply: u16::from(status), enhanced: enhanced(&text) };
    verdict(step, code)
}

/// RFC 5321 §4.2.1: 4yz asks to come back, 5yz does not. At which step it is said tells whose fault it is.
fn verdict(step: Step, code: SmtpCode) -> Delivery {
    match (step, code.reply) {
        // The relay is closing (421), or wants a login that we have not given (RFC 4954 §6).
        (_, 421) => Delivery::retry(Reason::Unreachable, Fault::Way),
        (_, 530..=538) => Delivery::retry(Reason::Credentials, Fault::Way),
        (Step::Sender, _) => Delivery::retry(Reason::Sender(code), Fault::Way),
        // The command was not understood (500, 502 to 504): that says nothing about the letter.
        (Step::Recipient, 500 | 502..=504) => Delivery::retry(Reason::Recipient(code), Fault::Message),
        (Step::Content, 500..=504) => Delivery::retry(Reason::Content(code), Fault::Message),
        (Step::Recipient, 500..) => Delivery::Refused(Reason::Recipient(code)),
        (Step::Recipient, _) => Delivery::retry(Reason::Recipient(code), Fault::Message),
        (Step::Content, 500..) => Delivery::Refused(Reason::Content(code)),
        (Step::Content, _) => Delivery::retry(Reason::Content(code), Fault::Message),
    }
}

/// The enhanced status at the beginning of a reply's text (RFC 2034 §4). The rest of the text may hold an address.
fn enhanced(text: &str) -> Option<(u16, u16, u16)> {
    let mut numbers = text.split_whitespace().next()?.split('.').map(|number| number.parse().ok());
    let (class, subject, detail) = (numbers.next()??, numbers.next()??, numbers.next()??);
    let plausible = matches!(class, 2 | 4 | 5) && subject < 1000 && detail < 1000;
    if plausible && numbers.next().is_none() { Some((class, subject, detail)) } else { None }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn the_step_and_the_code_decide_what_becomes_of_a_letter() {
        let mut table = String::new();
        for step in [Step::Sender, Step::Recipient, Step::Content] {
            for reply in [421, 451, 452, 500, 501, 530, 535, 550, 552, 554] {
                let verdict = match verdict(step, SmtpCode { reply, enhanced: None }) {
                    Delivery::Retry { reason, fault } => format!("retry, {fault:?}: {reason}"),
                    Delivery::Refused(reason) => format!("dead: {reason}"),
                    other => format!("{other:?}"),
                };
                table += &format!("{step:?} {reply} {verdict}\n");
            }
        }
        expect![[r#"
            Sender 421 retry, Way: no connection
            Sender 451 retry, Way: the relay refuses the sender: 451
            Sender 452 retry, Way: the relay refuses the sender: 452
            Sender 500 retry, Way: the relay refuses the sender: 500
            Sender 501 retry, Way: the relay refuses the sender: 501
            Sender 530 retry, Way: the relay refuses the credentials
            Sender 535 retry, Way: the relay refuses the credentials
            Sender 550 retry, Way: the relay refuses the sender: 550
            Sender 552 retry, Way: the relay refuses the sender: 552
            Sender 554 retry, Way: the relay refuses the sender: 554
            Recipient 421 retry, Way: no connection
            Recipient 451 retry, Message: the relay refuses the recipient: 451
            Recipient 452 retry, Message: the relay refuses the recipient: 452
            Recipient 500 retry, Message: the relay refuses the recipient: 500
            Recipient 501 dead: the relay refuses the recipient: 501
            Recipient 530 retry, Way: the relay refuses the credentials
            Recipient 535 retry, Way: the relay refuses the credentials
            Recipient 550 dead: the relay refuses the recipient: 550
            Recipient 552 dead: the relay refuses the recipient: 552
            Recipient 554 dead: the relay refuses the recipient: 554
            Content 421 retry, Way: no connection
            Content 451 retry, Message: the relay refuses the content: 451
            Content 452 retry, Message: the relay refuses the content: 452
            Content 500 retry, Message: the relay refuses the content: 500
            Content 501 retry, Message: the relay refuses the content: 501
            Content 530 retry, Way: the relay refuses the credentials
            Content 535 retry, Way: the relay refuses the credentials
            Content 550 dead: the relay refuses the content: 550
            Content 552 dead: the relay refuses the content: 552
            Content 554 dead: the relay refuses the content: 554
        "#]]
        .assert_eq(&table);
    }

    #[test]
    fn of_a_reply_only_the_enhanced_status_is_kept() {
        for (text, expected) in [
            ("5.1.1 <alice@example.org>: unknown", Some((5, 1, 1))),
            ("4.7.1", Some((4, 7, 1))),
            ("10.0.0.1 is blocked", None),
            ("5.1 unknown", None),
            ("6.1.1 what", None),
            ("alice is unknown", None),
            ("", None),
        ] {
            assert_eq!(enhanced(text), expected, "{text}");
        }
    }
}
