//! Schemathesis itself: it lets pass what keeps to its document, and nothing else.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};

use anyhow::{Context as _, Result, ensure};
use tests::schemathesis::{Interface, ask};
use tests::scratch::Scratch;

/// Whoever keeps to this document answers with an object, and with no 5xx.
const DOCUMENT: &str = r#"{
    "openapi": "3.1.0", "info": { "title": "Sales", "version": "1" },
    "paths": { "/sales": { "get": { "responses": { "200": {
        "description": "All sales", "content": { "application/json": { "schema": { "type": "object" } } }
    } } } } }
}"#;

#[test]
fn an_interface_that_keeps_to_its_document_passes_and_no_other() -> Result<()> {
    let folder = Scratch::new("document")?;
    let document = folder.path().join("openapi.json");
    std::fs::write(&document, DOCUMENT)?;
    let document = document.to_str().context("a path that is no text")?;
    let asked = |answer| {
        let address = format!("http://{}", serve(answer)?);
        ask(&Interface { document, address: Some(&address), examples: 5, ..Interface::default() })
    };
    if asked("200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}")?.is_none() {
        return Ok(());
    }
    for (answer, finding) in [
        ("500 Oh\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}", "Server error"),
        (
            "404 No\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}",
            "Undocumented status code",
        ),
        (
            "200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n[]",
            "Response violates schema",
        ),
        ("200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\n{}", "Undocumented Content-Type"),
    ] {
        let error = asked(answer).err().context("nothing was found")?.to_string();
        ensure!(error.contains(finding), "{error}");
    }
    Ok(())
}

/// A server that gives this answer to every `GET`, until the test program ends.
fn serve(answer: &'static str) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // Whoever goes away is not waited for.
            drop(reply(&stream, answer));
        }
    });
    Ok(address)
}

fn reply(mut stream: &TcpStream, answer: &str) -> Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let line = lines.next().context("a request line")??;
    while !lines.next().context("the end of the head")??.is_empty() {}
    let answer =
        if line.starts_with("GET ") { answer } else { "405 No\r\nallow: GET\r\ncontent-length: 0\r\n\r\n" };
    Ok(stream.write_all(
        format!("HTTP/1.1 {}", answer.replacen("\r\n", "\r\nconnection: close\r\n", 1)).as_bytes(),
    )?)
}
