use payment_domain::AttemptId;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

fn transport(address: &str) -> HttpTransport {
    let base = BaseUrl::parse(&format!("http://{address}")).unwrap();
    let key = Secret::parse("sk_test_hushhush").unwrap();
    HttpTransport::new(base, &key, &[("stripe-version", "2024-06-20")], None).unwrap()
}

fn submit() -> Request {
    let key = Some(AttemptId::new(7).unwrap());
    let (path, body) = ("/v1/things".to_owned(), b"amount=4500".to_vec());
    Request { verb: Verb::Submit, path, body, format: Format::Form, key }
}

/// A peer that reads one request and answers with these bytes, or hangs up.
async fn peer(answer: Vec<u8>) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let read = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 4096];
        let length = stream.read(&mut request).await.unwrap();
        let _ = stream.write_all(&answer).await;
        String::from_utf8(request[..length].to_vec()).unwrap()
    });
    (address, read)
}

#[tokio::test]
async fn a_request_carries_its_key_its_headers_and_its_form() {
    let (address, read) = peer(b"HTTP/1.1 402 no\r\ncontent-length: 2\r\n\r\n{}".to_vec()).await;
    let response = transport(&address).send(submit()).await.unwrap();
    assert_eq!(response, Response { status: 402, body: b"{}".to_vec() });
    let sent = read.await.unwrap();
    for line in [
        "POST /v1/things HTTP/1.1\r\n",
        "authorization: Bearer sk_test_hushhush\r\n",
        "idempotency-key: 7\r\n",
        "stripe-version: 2024-06-20\r\n",
        "content-type: application/x-www-form-urlencoded\r\n",
        "\r\n\r\namount=4500",
    ] {
        assert!(sent.contains(line), "{line} is not in {sent}");
    }
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let error = transport(&address).send(submit()).await.unwrap_err();
    assert!(matches!(error, TransportError::NotSent(_)), "{error:?}");
}

#[tokio::test]
async fn a_name_that_nobody_has_is_not_connected_to() {
    let base = BaseUrl::parse("https://nobody.invalid").unwrap();
    let way = HttpTransport::new(base, &Secret::parse("sk_test_hushhush").unwrap(), &[], None).unwrap();
    let error = way.send(submit()).await.unwrap_err();
    assert!(matches!(error, TransportError::NotSent(_)), "{error:?}");
}

#[tokio::test]
async fn a_peer_that_hangs_up_after_reading_may_have_acted() {
    let (address, _read) = peer(Vec::new()).await;
    let error = transport(&address).send(submit()).await.unwrap_err();
    assert!(matches!(error, TransportError::Failed(_)), "{error:?}");
    let (address, _read) = peer(b"HTTP/1.1 200 ok\r\ncontent-length: 10\r\n\r\n{}".to_vec()).await;
    let error = transport(&address).send(submit()).await.unwrap_err();
    assert!(matches!(error, TransportError::Failed(_)), "{error:?}");
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_an_endless_answer_is_not_read() {
    let away = b"HTTP/1.1 307 away\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n".to_vec();
    let (address, _read) = peer(away).await;
    assert_eq!(transport(&address).send(submit()).await.unwrap().status, 307);
    let mut long = b"HTTP/1.1 200 ok\r\n\r\n".to_vec();
    long.resize(MOST_BYTES + 100_000, b' ');
    let (address, _read) = peer(long).await;
    let error = transport(&address).send(submit()).await.unwrap_err();
    assert_eq!(error, TransportError::Failed("the answer is too long".to_owned()));
}

#[test]
fn without_tls_only_this_very_machine_is_spoken_to() {
    for good in
        ["https://api.stripe.com", "http://127.0.0.1:8420", "http://[::1]:8420/", "https://psp.example:8443/"]
    {
        assert!(BaseUrl::parse(good).is_ok(), "{good}");
    }
    for bad in [
        "http://api.stripe.com",
        "http://localhost:8420",
        "http://127.0.0.1.example.org",
        "https://user:pw@api.stripe.com",
        "https://api.stripe.com/v1",
        "https://api.stripe.com/?a=b",
        "ftp://127.0.0.1",
        "api.stripe.com",
        "",
    ] {
        assert_eq!(BaseUrl::parse(bad), Err(InvalidBaseUrl), "{bad}");
    }
}

#[test]
fn a_key_is_never_shown() {
    let key = Secret::parse(" sk_test_hushhush\n").unwrap();
    assert_eq!((key.reveal(), format!("{key:?}").as_str()), ("sk_test_hushhush", "Secret(sealed)"));
    for bad in ["", "short", "sk_test_a b c d e", &"x".repeat(501)] {
        assert!(Secret::parse(bad).is_err(), "{bad}");
    }
}
