//! A browser with hands: cookies, the token of the page it looks at, and what browsers say about where a request comes from.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use anyhow::{Context as _, Result, ensure};
use reqwest::header::{CONTENT_TYPE, COOKIE, HeaderMap, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, StatusCode};
use rustls::ClientConfig;
use tests::passkey;

/// A browser.
#[derive(Clone)]
pub(crate) struct Browser {
    http: Client,
    base: String,
    /// What it says about where its forms come from.
    pub(crate) origin: String,
    /// Its cookies by name.
    pub(crate) cookies: BTreeMap<String, String>,
    /// What it says with each request.
    pub(crate) says: Vec<(&'static str, String)>,
    /// The token of the newest page.
    pub(crate) token: String,
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Browser {
    pub(crate) fn new(address: SocketAddr, tls: ClientConfig) -> Result<Self> {
        let http = Client::builder()
            .tls_backend_preconfigured(tls)
            .resolve("localhost", address)
            .redirect(Policy::none())
            .build()?;
        Ok(Self {
            http,
            base: format!("https://localhost:{}", address.port()),
            origin: passkey::ORIGIN.to_owned(),
            cookies: BTreeMap::new(),
            says: Vec::new(),
            token: String::new(),
        })
    }

    /// Looks at a page.
    pub(crate) async fn get(&mut self, path: &str) -> Result<Answer> {
        self.send(Method::GET, path, None).await
    }

    /// Sends a form of the page that it looks at.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<Answer> {
        let token = self.token.clone();
        let fields = [fields, &[("form_token", token.as_str())]].concat();
        let origin = self.origin.clone();
        self.post_as(path, &fields, Some(&origin)).await
    }

    /// Sends a form from wherever.
    pub(crate) async fn post_as(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        origin: Option<&str>,
    ) -> Result<Answer> {
        let body = form(fields);
        self.send(Method::POST, path, Some((body, origin))).await
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        form: Option<(String, Option<&str>)>,
    ) -> Result<Answer> {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies.join("; "));
        }
        for (name, value) in &self.says {
            request = request.header(*name, value);
        }
        if let Some((body, origin)) = form {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
            if let Some(origin) = origin {
                request = request.header(ORIGIN, origin);
            }
        }
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        self.keep(&headers)?;
        let body = response.text().await?;
        if let Some(token) = between(&body, "name=\"form_token\" value=\"", "\"") {
            self.token = token.to_owned();
        }
        Ok(Answer { status, headers, body })
    }

    fn keep(&mut self, headers: &HeaderMap) -> Result<()> {
        for cookie in headers.get_all(SET_COOKIE) {
            let cookie = cookie.to_str()?;
            let (name, rest) = cookie.split_once('=').context("a cookie without a value")?;
            let value = rest.split(';').next().unwrap_or_default();
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(())
    }
}

impl Answer {
    /// Where it leads.
    pub(crate) fn location(&self) -> Option<&str> {
        self.headers.get(LOCATION).and_then(|location| location.to_str().ok())
    }

    /// It leads there.
    pub(crate) fn leads_to(&self, path: &str) -> Result<()> {
        ensure!(
            self.status == StatusCode::SEE_OTHER && self.location() == Some(path),
            "{} to {:?} instead of {path}: {}",
            self.status,
            self.location(),
            self.body
        );
        Ok(())
    }

    /// It is a page that says this.
    pub(crate) fn says(&self, status: u16, text: &str) -> Result<()> {
        ensure!(
            self.status == status && self.body.contains(text),
            "{}: no `{text}` in {}",
            self.status,
            self.body
        );
        Ok(())
    }

    /// One of its headers.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// What stands between two texts.
pub(crate) fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    text.split_once(before)?.1.split_once(after).map(|(found, _)| found)
}

fn form(fields: &[(&str, &str)]) -> String {
    let encoded = |text: &str| -> String {
        text.bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
                _ => format!("%{byte:02X}"),
            })
            .collect()
    };
    let pairs: Vec<_> =
        fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    pairs.join("&")
}
