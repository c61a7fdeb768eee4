//! Letters through aiosmtpd, and relays that do not play fair.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gateway::notify::callback::EventId;
use gateway::notify::mail::{
    Attachment, Credentials, FileName, Letter, MailSettings, Media, Postman, Security,
};
use gateway::notify::{Delivery, Fault, Reason, Roots, SmtpCode};
use payment_domain::{EmailAddress, Label};
use tests::clock;
use tests::smtp::{Smtp, USER, WORD};

const LIMIT: Duration = Duration::from_secs(10);

fn settings(port: u16) -> MailSettings {
    MailSettings {
        host: "127.0.0.1".to_owned(),
        port,
        security: Security::StartTls,
        credentials: Some(Credentials { user: USER.to_owned(), password: WORD.to_owned().into() }),
        sender_name: Label::parse("Météore").unwrap(),
        sender: EmailAddress::parse("billing@meteore.example").unwrap(),
        connections: 2,
        time_limit: LIMIT,
    }
}

fn postman(smtp: &Smtp) -> Postman {
    Postman::new(settings(smtp.port()), &Roots::only(smtp.root_pem().as_bytes()).unwrap()).unwrap()
}

/// A signed document is delivered to the byte, whatever it is made of.
const XML: &[u8] = b"<?xml version=\"1.0\"?>\r\n<Bill>\n.\n..\n\xc3\xa9\r</Bill>";
const PDF: &[u8] = b"%PDF-1.7\n\x00\xff\r\n.\r\n";

fn letter(to: &str) -> Letter {
    let attachment = |name, media, content: &[u8]| Attachment {
        name: FileName::parse(name).unwrap(),
        media,
        content: content.into(),
    };
    Letter {
        event: EventId::parse("bill_42").unwrap(),
        to: EmailAddress::parse(to).unwrap(),
        subject: Label::parse("Bill 42: €12.30 to be paid, à bientôt").unwrap(),
        text: "Amount due: €12.30\n.\n..hidden?\n".to_owned(),
        html: format!("<p>{}</p>", "Amount due: €12.30 ".repeat(200)),
        attachments: vec![
            attachment("bill-42.xml", Media::Xml, XML),
            attachment("bill-42.pdf", Media::Pdf, PDF),
        ],
    }
}

async fn deliver(postman: &Postman, to: &str) -> Delivery {
    postman.deliver(&letter(to), clock::now()).await
}

#[tokio::test]
async fn a_letter_arrives_whole_under_tls_and_after_login() {
    let Some(smtp) = Smtp::start().unwrap() else { return };
    assert_eq!(deliver(&postman(&smtp), "alice@example.org").await, Delivery::Sent);
    let letters = smtp.letters().unwrap();
    let [taken] = letters.as_slice() else { panic!("{letters:?}") };
    assert!(taken.tls && taken.login.as_deref() == Some(USER));
    assert_eq!(taken.sender, "billing@meteore.example");
    assert_eq!(taken.recipients, ["alice@example.org"]);
    assert_eq!(taken.defects, [""; 0]);
    for (name, expected) in [
        ("from", "Météore <billing@meteore.example>"),
        ("to", "alice@example.org"),
        ("subject", "Bill 42: €12.30 to be paid, à bientôt"),
        ("message-id", "<bill_42@meteore.example>"),
        ("auto-submitted", "auto-generated"),
    ] {
        assert_eq!(taken.headers.get(name).map(String::as_str), Some(expected), "{name}");
    }
    let letter = letter("alice@example.org");
    let sent = [
        ("text/plain", None, letter.text.into_bytes()),
        ("text/html", None, letter.html.into_bytes()),
        ("application/xml", Some("bill-42.xml"), XML.to_vec()),
        ("application/pdf", Some("bill-42.pdf"), PDF.to_vec()),
    ];
    assert_eq!(taken.parts.len(), sent.len());
    for (part, (media_type, name, content)) in taken.parts.iter().zip(sent) {
        assert_eq!((part.media_type.as_str(), part.name.as_deref()), (media_type, name));
        let text = media_type.starts_with("text/");
        let taken = if text { unix_lines(&part.content) } else { part.content.clone() };
        assert_eq!(taken, content, "{media_type}");
    }
}

fn unix_lines(text: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(text).replace("\r\n", "\n").into_bytes()
}

#[tokio::test]
async fn a_refused_letter_is_dead_a_delayed_one_comes_again_and_the_next_one_passes() {
    let Some(smtp) = Smtp::start().unwrap() else { return };
    let postman = postman(&smtp);
    let code = |reply, enhanced| SmtpCode { reply, enhanced: Some(enhanced) };
    let later = |reason| Delivery::Retry { reason, fault: Fault::Message };
    for (to, expected) in [
        ("unknown@example.org", Delivery::Refused(Reason::Recipient(code(550, (5, 1, 1))))),
        ("later@example.org", later(Reason::Recipient(code(451, (4, 7, 1))))),
        ("full@example.org", later(Reason::Recipient(code(452, (4, 2, 2))))),
        ("picky@example.org", Delivery::Refused(Reason::Content(code(554, (5, 6, 0))))),
        ("greylisted@example.org", later(Reason::Recipient(code(451, (4, 7, 1))))),
        ("greylisted@example.org", Delivery::Sent),
        ("alice@example.org", Delivery::Sent),
    ] {
        let delivery = deliver(&postman, to).await;
        assert_eq!(delivery, expected, "{to}");
        assert!(!format!("{delivery:?}").contains("example.org"), "no address in an outcome");
    }
    let taken: Vec<_> = smtp.letters().unwrap().into_iter().flat_map(|letter| letter.recipients).collect();
    assert_eq!(taken, ["greylisted@example.org", "alice@example.org"]);
}

#[tokio::test]
async fn our_own_mistakes_never_kill_a_letter() {
    let Some(smtp) = Smtp::start().unwrap() else { return };
    let roots = Roots::only(smtp.root_pem().as_bytes()).unwrap();
    let wrong_word = Credentials { user: USER.to_owned(), password: "guess".to_owned().into() };
    let stranger = EmailAddress::parse("stranger@meteore.example").unwrap();
    let code = SmtpCode { reply: 550, enhanced: Some((5, 1, 8)) };
    for (settings, expected) in [
        (MailSettings { credentials: Some(wrong_word), ..settings(smtp.port()) }, Reason::Credentials),
        (MailSettings { credentials: None, ..settings(smtp.port()) }, Reason::Credentials),
        (MailSettings { sender: stranger, ..settings(smtp.port()) }, Reason::Sender(code)),
    ] {
        let postman = Postman::new(settings, &roots).unwrap();
        let delivery = deliver(&postman, "alice@example.org").await;
        assert_eq!(delivery, Delivery::Retry { reason: expected, fault: Fault::Way });
    }
    assert_eq!(smtp.letters().unwrap().len(), 0);
}

#[tokio::test]
async fn a_relay_with_a_certificate_of_strangers_gets_nothing() {
    let (Some(smtp), Some(other)) = (Smtp::start().unwrap(), Smtp::start().unwrap()) else { return };
    let distrustful =
        Postman::new(settings(smtp.port()), &Roots::only(other.root_pem().as_bytes()).unwrap()).unwrap();
    let delivery = deliver(&distrustful, "alice@example.org").await;
    assert_eq!(delivery, Delivery::Retry { reason: Reason::NotTrusted, fault: Fault::Way });
    assert_eq!(smtp.letters().unwrap().len(), 0);
}

#[tokio::test]
async fn a_relay_that_went_down_is_found_again_when_it_is_back() {
    let Some(mut smtp) = Smtp::start().unwrap() else { return };
    let postman = postman(&smtp);
    assert_eq!(deliver(&postman, "alice@example.org").await, Delivery::Sent);
    smtp.stop();
    let down = Delivery::Retry { reason: Reason::Unreachable, fault: Fault::Way };
    // The first try finds a kept connection dead, and both find nobody at the port.
    assert_eq!(deliver(&postman, "bob@example.org").await, down);
    assert_eq!(deliver(&postman, "bob@example.org").await, down);
    smtp.restart().unwrap();
    assert_eq!(deliver(&postman, "bob@example.org").await, Delivery::Sent);
    assert_eq!(smtp.letters().unwrap().last().unwrap().recipients, ["bob@example.org"]);
}

#[tokio::test]
async fn a_relay_that_hangs_is_given_up_and_its_connection_with_it() {
    let Some(smtp) = Smtp::start().unwrap() else { return };
    let settings =
        MailSettings { connections: 1, time_limit: Duration::from_secs(1), ..settings(smtp.port()) };
    let postman = Postman::new(settings, &Roots::only(smtp.root_pem().as_bytes()).unwrap()).unwrap();
    let start = Instant::now();
    let delivery = deliver(&postman, "hanging@example.org").await;
    assert_eq!(delivery, Delivery::Retry { reason: Reason::TimedOut, fault: Fault::Way });
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(deliver(&postman, "alice@example.org").await, Delivery::Sent);
}

#[tokio::test]
async fn many_letters_at_once_share_two_connections_and_all_arrive() {
    let Some(smtp) = Smtp::start().unwrap() else { return };
    let postman = Arc::new(postman(&smtp));
    let tasks: Vec<_> = (0..50)
        .map(|number| {
            let postman = Arc::clone(&postman);
            tokio::spawn(async move { deliver(&postman, &format!("reader-{number}@example.org")).await })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), Delivery::Sent);
    }
    let letters = smtp.wait_for(50, LIMIT).unwrap();
    let mut recipients: Vec<_> = letters.into_iter().flat_map(|letter| letter.recipients).collect();
    recipients.sort();
    recipients.dedup();
    assert_eq!(recipients.len(), 50);
}

/// A relay that says these lines, one after each line that it hears, and keeps what it heard.
fn crooked_relay(lines: &'static [&'static str]) -> (u16, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let relay = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        let mut heard = Vec::new();
        for line in lines {
            stream.write_all(line.as_bytes()).unwrap();
            let mut buffer = [0; 1024];
            match stream.read(&mut buffer) {
                Ok(0) | Err(_) => break,
                Ok(count) => heard.extend_from_slice(&buffer[..count]),
            }
        }
        String::from_utf8_lossy(&heard).into_owned()
    });
    (port, relay)
}

#[tokio::test]
async fn without_a_clean_starttls_nothing_is_said_in_the_clear() {
    for lines in [
        // It offers none, as if somebody had cut the line out.
        &["220 relay\r\n", "250-relay\r\n250 AUTH PLAIN\r\n", "250 go on\r\n"][..],
        // It offers it and then will not.
        &["220 relay\r\n", "250-relay\r\n250 STARTTLS\r\n", "454 not now\r\n", "250 go on\r\n"],
        // Answers to commands that were not given yet, in front of the TLS handshake (CVE-2011-0411).
        &[
            "220 relay\r\n",
            "250-relay\r\n250 STARTTLS\r\n",
            "220 go\r\n250-relay\r\n250 AUTH PLAIN\r\n235 in\r\n250 ok\r\n250 ok\r\n354 go\r\n250 taken\r\n",
            "",
        ],
    ] {
        let (port, relay) = crooked_relay(lines);
        let smtp_root = tests::smtp::self_signed_root().unwrap();
        let postman = Postman::new(settings(port), &Roots::only(smtp_root.as_bytes()).unwrap()).unwrap();
        let delivery = deliver(&postman, "alice@example.org").await;
        assert_eq!(delivery, Delivery::Retry { reason: Reason::NoStartTls, fault: Fault::Way }, "{lines:?}");
        let heard = relay.join().unwrap();
        assert!(!heard.contains("AUTH") && !heard.contains("MAIL") && !heard.contains("alice"), "{heard}");
    }
}

#[tokio::test]
async fn a_relay_that_talks_nonsense_or_without_end_is_left() {
    let endless: &'static str = Box::leak("220-and on\r\n".repeat(100).into_boxed_str());
    let long: &'static str = Box::leak("x".repeat(10_000).into_boxed_str());
    for (line, expected) in [
        ("HTTP/1.1 400 Bad Request\r\n", Reason::Protocol),
        (endless, Reason::Protocol),
        (long, Reason::Protocol),
        ("554 not you\r\n", Reason::Unreachable),
    ] {
        let lines: &'static [&'static str] = Box::leak(Box::new([line]));
        let (port, relay) = crooked_relay(lines);
        let root = tests::smtp::self_signed_root().unwrap();
        let postman = Postman::new(settings(port), &Roots::only(root.as_bytes()).unwrap()).unwrap();
        let delivery = deliver(&postman, "alice@example.org").await;
        assert_eq!(delivery, Delivery::Retry { reason: expected, fault: Fault::Way }, "{line:.40}");
        drop(relay.join());
    }
}
