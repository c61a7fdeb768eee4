//! A portal as a person without script sees it: pages, links, forms. And the folder where their codes arrive.

mod sheet;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE, USER_AGENT,
};
use hyper::{Method, Request, StatusCode};
use tokio::net::TcpStream;

use crate::app::{App, Setup};
use crate::database::Database;
use crate::door::{Connection, Door};
use crate::postgres::free_port;
use crate::scene::Scene;
use crate::town::Town;

pub use sheet::Sheet;

/// A town whose server has its portals open.
#[derive(Debug)]
pub struct Portals {
    pub scene: Scene,
    /// Where browsers find the consumers' portal.
    pub consumer: String,
    /// Where they find the merchants'.
    pub merchant: String,
    /// Where they find the operators'.
    pub operator: String,
}

/// Somebody with a browser.
pub struct Visitor {
    door: Door,
    origin: String,
    /// Where it says that its forms come from.
    comes_from: String,
    /// The key that a program shows instead of cookies.
    bearer: Option<String>,
    codes: PathBuf,
    accept: &'static str,
    cookies: BTreeMap<String, String>,
}

/// A page, as it came.
#[derive(Debug, Clone)]
pub struct Page {
    pub status: StatusCode,
    /// Where it leads instead of showing something.
    pub location: Option<String>,
    pub content_type: String,
    pub text: String,
}

/// Where every business of the tests is paid to.
const IBAN: &str = "DE89 3704 0044 0532 0130 00";

/// How long a portal may take to open.
const PATIENCE: Duration = Duration::from_secs(30);

/// What terminals accept.
const BROWSER: &str = "text/html,application/xhtml+xml";
const PHONE: &str = "application/vnd.wap.xhtml+xml, text/vnd.wap.wml";

impl Portals {
    /// A town with portals on free ports, and nothing that limits how fast a test is.
    ///
    /// # Errors
    /// If it does not come up.
    pub async fn open(database: Database) -> Result<Self> {
        Self::open_in(Town::found(&database).await?, database, "").await
    }

    /// The same with more of the configuration file: whole tables.
    ///
    /// # Errors
    /// If it does not come up.
    pub async fn open_with(database: Database, tables: &str) -> Result<Self> {
        Self::open_in(Town::found(&database).await?, database, tables).await
    }

    /// The same for a town that is there already.
    ///
    /// # Errors
    /// If it does not come up.
    pub async fn open_in(town: Town, database: Database, tables: &str) -> Result<Self> {
        Self::open_as(town, database, Setup { more: tables.to_owned(), ..Setup::default() }).await
    }

    /// The same with other settings.
    ///
    /// # Errors
    /// If it does not come up.
    pub async fn open_as(town: Town, database: Database, setup: Setup) -> Result<Self> {
        let mut more = String::from(
            "[portals]\nenabled = true\ncodes_folder = \"codes\"\ncodes_per_minute = 0\naddress_per_second = 0\n\
             person_per_second = 0\n",
        );
        let mut origins = Vec::new();
        for name in ["consumer", "merchant", "operator"] {
            let port = free_port()?;
            let origin = format!("https://localhost:{port}");
            more += &format!("{name}_listen = \"127.0.0.1:{port}\"\n{name}_origin = \"{origin}\"\n");
            origins.push(origin);
        }
        more += &setup.more;
        let app = App::start_with(&town, &database, &Setup { more, ..setup }).await?;
        let scene = Scene { app, database, town };
        for origin in &origins {
            until_open(origin).await?;
        }
        let [consumer, merchant, operator] =
            <[String; 3]>::try_from(origins).map_err(|_| anyhow::anyhow!("three portals"))?;
        Ok(Self { scene, consumer, merchant, operator })
    }

    /// A browser at the consumers' portal.
    ///
    /// # Errors
    /// If there is no portal.
    pub fn browser(&self) -> Result<Visitor> {
        self.visitor(&self.consumer, BROWSER)
    }

    /// A browser at the merchants' portal.
    ///
    /// # Errors
    /// If there is no portal.
    pub fn merchant_browser(&self) -> Result<Visitor> {
        self.visitor(&self.merchant, BROWSER)
    }

    /// A phone that knows XHTML-MP and no script, there.
    ///
    /// # Errors
    /// If there is no portal.
    pub fn phone(&self) -> Result<Visitor> {
        self.visitor(&self.consumer, PHONE)
    }

    fn visitor(&self, origin: &str, accept: &'static str) -> Result<Visitor> {
        Ok(Visitor { accept, ..Visitor::at_portal(&self.scene.town, origin)? })
    }
}

/// A server is ready when it takes messages; its portals open right after.
async fn until_open(origin: &str) -> Result<()> {
    let address = origin.trim_start_matches("https://").replace("localhost", "127.0.0.1");
    let start = Instant::now();
    while TcpStream::connect(&address).await.is_err() {
        ensure!(start.elapsed() < PATIENCE, "no portal at {origin}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

impl Visitor {
    /// A browser at a portal of a town's server.
    ///
    /// # Errors
    /// If that is no address.
    pub fn at_portal(town: &Town, origin: &str) -> Result<Self> {
        let port = origin.rsplit_once(':').context("a port")?.1;
        Ok(Self {
            door: Door::new(format!("127.0.0.1:{port}").parse()?, town)?,
            origin: origin.to_owned(),
            comes_from: origin.to_owned(),
            bearer: None,
            codes: town.folder().join("codes"),
            accept: BROWSER,
            cookies: BTreeMap::new(),
        })
    }

    /// Signs in with a code, and opens an account where there is none, or joins the team that sent an invitation.
    ///
    /// # Errors
    /// If that does not lead to the first page.
    pub async fn sign_in(&mut self, reach: &str) -> Result<()> {
        self.sign_in_as(reach, "Somebody", "Kiosk").await
    }

    /// The same by these names: one's own, and that of one's business where a portal asks for it.
    ///
    /// # Errors
    /// If that does not lead to the first page.
    pub async fn sign_in_as(&mut self, reach: &str, name: &str, business: &str) -> Result<()> {
        let page = self.get("/sign-in").await?;
        self.submit(&page, "/sign-in", &[("reach", reach)]).await?;
        let page = self.get("/code").await?;
        let code = self.code(reach)?;
        let entered = self.submit(&page, "/code", &[("code", &code)]).await?;
        if entered.location.as_deref() == Some("/welcome") {
            let page = self.get("/welcome").await?;
            let sheet = [("name", name), ("business", business), ("iban", IBAN), ("terms", "yes")];
            let opened = self.submit(&page, "/welcome", &sheet).await?;
            ensure!(opened.location.as_deref() == Some("/"), "welcome: {opened:?}");
        }
        let home = self.get("/").await?;
        ensure!(home.status == 200, "signed in: {home:?}");
        Ok(())
    }

    /// The newest code that was sent to an address.
    ///
    /// # Errors
    /// If there is none.
    pub fn code(&self, reach: &str) -> Result<String> {
        let text = std::fs::read_to_string(self.codes.join(format!("{reach}.txt")))?;
        let digits = |word: &&str| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit());
        let words = text.split(|c: char| !c.is_ascii_alphanumeric());
        words.into_iter().find(digits).map(str::to_owned).context("no code in the message")
    }

    /// Opens an address.
    ///
    /// # Errors
    /// If there is no answer.
    pub async fn get(&mut self, path: &str) -> Result<Page> {
        self.send(Method::GET, path, Bytes::new()).await
    }

    /// Fills the form with this action in on a page, and sends it.
    ///
    /// # Errors
    /// If the page has no such form, or there is no answer.
    pub async fn submit(&mut self, page: &Page, action: &str, fields: &[(&str, &str)]) -> Result<Page> {
        let mut all = page.form(action)?;
        all.retain(|(name, _)| fields.iter().all(|(other, _)| other != name));
        all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.post(action, &all).await
    }

    /// Sends a form with a text in one of its fields.
    ///
    /// # Errors
    /// If there is no answer.
    pub async fn fill(&mut self, sheet: &Sheet, field: &str, text: &str) -> Result<Page> {
        let fields = sheet.with(field, text);
        if !sheet.looks_up {
            return self.post(&sheet.action, &fields).await;
        }
        let query: Vec<_> =
            fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        self.get(&format!("{}?{}", sheet.action, query.join("&"))).await
    }

    /// Sends fields to an address.
    ///
    /// # Errors
    /// If there is no answer.
    pub async fn post(&mut self, action: &str, fields: &[(String, String)]) -> Result<Page> {
        let body: Vec<_> =
            fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        self.send(Method::POST, action, Bytes::from(body.join("&"))).await
    }

    /// The same browser in another window.
    #[must_use]
    pub fn another_window(&self) -> Self {
        Self {
            door: self.door.clone(),
            origin: self.origin.clone(),
            comes_from: self.comes_from.clone(),
            bearer: self.bearer.clone(),
            codes: self.codes.clone(),
            accept: self.accept,
            cookies: self.cookies.clone(),
        }
    }

    /// The same browser at another portal: its cookies are those of the host, whatever the port.
    ///
    /// # Errors
    /// If there is no portal.
    pub fn at(&self, portals: &Portals, origin: &str) -> Result<Self> {
        let mut visitor = portals.visitor(origin, self.accept)?;
        visitor.cookies.clone_from(&self.cookies);
        Ok(visitor)
    }

    /// The same browser, led by a page of another site.
    #[must_use]
    pub fn led_by(&self, origin: &str) -> Self {
        Self { comes_from: origin.to_owned(), ..self.another_window() }
    }

    /// A program at the same address, which shows a key and keeps no cookies.
    #[must_use]
    pub fn program(&self, key: &str) -> Self {
        Self { bearer: Some(key.to_owned()), cookies: BTreeMap::new(), ..self.another_window() }
    }

    /// A connection that stays open, with the name of the portal and the visitor's cookies: for asking again and again.
    ///
    /// # Errors
    /// If nobody answers.
    pub async fn stay(&self) -> Result<(Connection, String, String)> {
        let host = self.origin.trim_start_matches("https://").to_owned();
        Ok((self.door.connect().await?, host, self.cookie()))
    }

    fn cookie(&self) -> String {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        cookies.join("; ")
    }

    /// Sends a request by any method.
    ///
    /// # Errors
    /// If there is no answer.
    pub async fn send(&mut self, method: Method, path: &str, body: Bytes) -> Result<Page> {
        let posts = method == Method::POST;
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, self.origin.trim_start_matches("https://"))
            .header(ACCEPT, self.accept)
            .header(USER_AGENT, "tests")
            .header(COOKIE, self.cookie());
        if posts {
            request = request
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .header(ORIGIN, &self.comes_from);
        }
        if let Some(key) = &self.bearer {
            request = request.header(AUTHORIZATION, format!("Bearer {key}"));
        }
        let reply = self.door.connect().await?.send(request.body(Full::new(body))?).await?;
        for cookie in reply.headers.get_all(SET_COOKIE) {
            let (pair, attributes) = cookie.to_str()?.split_once(';').context("a bare cookie")?;
            let (name, value) = pair.split_once('=').context("a cookie without a value")?;
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let header = |name| reply.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Ok(Page {
            status: reply.status,
            location: header(LOCATION),
            content_type: header(CONTENT_TYPE).unwrap_or_default(),
            text: String::from_utf8_lossy(&reply.body).into_owned(),
        })
    }
}

impl Page {
    /// What a form sends before anything is filled in, its hidden fields first.
    ///
    /// # Errors
    /// If there is no such form.
    pub fn form(&self, action: &str) -> Result<Vec<(String, String)>> {
        let head = format!("action=\"{action}\"");
        let Some((_, form)) = self.text.split_once(&head) else {
            bail!("no form for {action} on a page with {:?}: {}", self.status, self.text)
        };
        let form = form.split("</form>").next().unwrap_or_default();
        let hidden = form.split("<input type=\"hidden\"").skip(1);
        let read = |input: &str| {
            let input = input.split('>').next()?;
            Some((attribute(input, "name")?, attribute(input, "value")?))
        };
        hidden.map(|input| read(input).context("a hidden field")).collect()
    }

    /// All its forms.
    #[must_use]
    pub fn sheets(&self) -> Vec<Sheet> {
        self.text.split("<form ").skip(1).filter_map(Sheet::read).collect()
    }

    /// The actions of its forms that begin like this, in order.
    #[must_use]
    pub fn actions(&self, start: &str) -> Vec<String> {
        let actions = self.text.split("action=\"").skip(1).filter_map(|rest| rest.split('"').next());
        actions.filter(|action| action.starts_with(start)).map(str::to_owned).collect()
    }

    /// The first address below this one that it links to.
    #[must_use]
    pub fn link(&self, below: &str) -> Option<String> {
        let mut links = self.text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        links.find(|link| link.starts_with(below)).map(str::to_owned)
    }

    /// What an attribute of the page holds, such as `data-options`.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<String> {
        attribute(&self.text, name)
    }

    /// A text that is shown to be copied: the first.
    ///
    /// # Errors
    /// If there is none.
    pub fn copied(&self) -> Result<String> {
        let (_, rest) = self.text.split_once("<pre ").context("nothing to copy")?;
        let (_, rest) = rest.split_once("<code>").context("nothing to copy")?;
        Ok(decode(rest.split("</code>").next().unwrap_or_default()))
    }

    /// The answer without what differs from request to request, as it is for whatever stands at this address.
    #[must_use]
    pub fn plain(&self, address: &str) -> (u16, Option<String>, String) {
        let mut text = self.text.replace(address, "HERE");
        for (start, end) in [
            ("name=\"form_token\" value=\"", "\""),
            ("mention request ", "<"),
            ("urn:meteore:request:", "\""),
        ] {
            let mut rest = std::mem::take(&mut text);
            while let Some((before, after)) = rest.split_once(start) {
                text += before;
                rest = after.split_once(end).map_or(String::new(), |(_, after)| after.to_owned());
            }
            text += &rest;
        }
        (self.status.as_u16(), self.location.clone(), text)
    }

    /// The page itself, if it is one.
    ///
    /// # Errors
    /// If it is not.
    pub fn shown(self) -> Result<Self> {
        ensure!(self.status == 200, "{self:?}");
        Ok(self)
    }

    /// Where it leads.
    ///
    /// # Errors
    /// If it leads nowhere.
    pub fn leads(&self) -> Result<&str> {
        ensure!(self.status == 303, "{self:?}");
        self.location.as_deref().context("a redirection to nowhere")
    }
}

fn attribute(markup: &str, name: &str) -> Option<String> {
    let (_, rest) = markup.split_once(&format!("{name}=\""))?;
    rest.split('"').next().map(decode)
}

/// What askama escapes.
fn decode(text: &str) -> String {
    let pairs = [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")];
    pairs.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// As it stands in an address.
#[must_use]
pub fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
