//! A gateway, the mobility portal beside it, and a consumer with a browser and an app.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use payment_domain::{Digest, Offer, OfferId, PaymentOrder, PaymentReceipt};
use payment_trust::client_config;
use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use tests::app::Setup;
use tests::database::{Database, Engine};
use tests::mobility::{CALLBACKS, Mobility, Plan};
use tests::postgres::free_port;
use tests::scene::Scene;
use tests::town::{OrderDraft, Signed, Town};
use uuid::Uuid;

/// Everything that a test needs.
pub(crate) struct Stage {
    pub(crate) portal: Portal,
    pub(crate) scene: Scene,
}

/// The portal's process, and a browser without cookies in front of it.
pub(crate) struct Portal {
    process: Mobility,
    pub(crate) origin: String,
    http: Client,
}

/// What the portal answers.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    pub(crate) text: String,
}

/// Something that waits to be paid.
#[derive(Debug, Clone)]
pub(crate) struct Offered {
    pub(crate) digest: Digest,
    /// Where the browser comes back to.
    back: Url,
}

impl Stage {
    /// The gateway posts receipts to nobody.
    pub(crate) async fn open(database: Database) -> Result<Self> {
        Self::open_with(database, false).await
    }

    /// The gateway posts receipts to the portal.
    pub(crate) async fn open_with_callbacks(database: Database) -> Result<Self> {
        Self::open_with(database, true).await
    }

    async fn open_with(database: Database, callbacks: bool) -> Result<Self> {
        let origin = format!("http://127.0.0.1:{}", free_port()?);
        let mut town = Town::found(&database).await?;
        let plan = Plan { origin, consumer: "https://pay.example".to_owned(), callbacks };
        plan.settle(&mut town, &database).await?;
        let setup = Setup { more: CALLBACKS.to_owned(), ..Setup::default() };
        let app = tests::app::App::start_with(&town, &database, &setup).await?;
        let scene = Scene { app, database, town };
        let portal = Portal::open(&scene, plan).await?;
        Ok(Self { portal, scene })
    }

    /// Fills in a form that sells, as far as to the checkout.
    pub(crate) async fn choose(&self, path: &str, form: &[(&str, &str)]) -> Result<Offered> {
        let page = self.portal.post(path, form).await?;
        ensure!(page.status == 303, "{path}: {page:?}");
        Offered::parse(&page.location.context("no location")?)
    }

    /// The order for an offer, by alice's app; the offer as the gateway has it.
    pub(crate) fn order(&self, offered: &Offered) -> Result<OrderDraft> {
        let (hex, digest) = match self.scene.database.engine() {
            Engine::Sqlite => ("lower(hex(o.offer_id))", format!("X'{}'", offered.digest)),
            Engine::Postgres => ("encode(o.offer_id, 'hex')", format!("'\\x{}'", offered.digest)),
        };
        let query = format!(
            "SELECT {hex} || ' ' || CAST(o.micros AS TEXT) || ' ' || p.name AS value \
             FROM offer o JOIN party p ON p.id = o.merchant WHERE o.digest = {digest}"
        );
        let words = self.scene.database.sql()?.words(&query)?;
        let fields: Vec<_> = words.first().context("no such offer was deposited")?.split(' ').collect();
        let [id, micros, merchant] = fields.as_slice() else { anyhow::bail!("{words:?}") };
        let price = payment_domain::Money::from_micros(micros.parse()?, payment_domain::Currency::EUR);
        let draft = self.scene.town.offer(merchant, &price.decimal()).id(OfferId::new(Uuid::parse_str(id)?));
        let (message, document): (Offer, _) = (draft.offer, Vec::new());
        Ok(self.scene.town.order(&Signed { message, digest: offered.digest, document }))
    }

    /// Pays at the door, and does not come back.
    pub(crate) async fn pay(&self, offered: &Offered) -> Result<(Signed<PaymentOrder>, PaymentReceipt)> {
        let order = self.order(offered)?.sign()?;
        let receipt = self.scene.pay(&order).await?;
        Ok((order, receipt))
    }

    /// Pays and comes back: the page of what was bought.
    pub(crate) async fn buy(&self, offered: &Offered) -> Result<Page> {
        let (order, _) = self.pay(offered).await?;
        let back = self.portal.get(offered.paid(&order).as_str()).await?;
        ensure!(back.status == 303, "{back:?}");
        self.portal.get(&offered.purchase()).await
    }

    /// How often something of this kind is in the portal's journal.
    pub(crate) fn journal(&self, event: &str) -> Result<usize> {
        self.portal.process.journal(event)
    }
}

impl Portal {
    async fn open(scene: &Scene, plan: Plan) -> Result<Self> {
        let tls = client_config(scene.town.chain()?.root())?;
        let http = Client::builder().tls_backend_preconfigured(tls).redirect(Policy::none()).no_proxy();
        let http = http.timeout(Duration::from_secs(30)).build()?;
        Ok(Self { process: Mobility::open(scene, &plan).await?, origin: plan.origin, http })
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) -> Result<()> {
        self.process.kill()
    }

    /// Starts it again.
    pub(crate) async fn restart(&mut self) -> Result<()> {
        self.process.restart().await
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Page> {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.origin) };
        page(self.http.get(url).send().await?).await
    }

    /// With a cookie that the browser has kept.
    pub(crate) async fn get_with(&self, path: &str, cookie: &str) -> Result<Page> {
        page(self.http.get(format!("{}{path}", self.origin)).header("cookie", cookie).send().await?).await
    }

    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Result<Page> {
        let mut url = Url::parse(&self.origin)?;
        url.query_pairs_mut().extend_pairs(form);
        let request = self.http.post(format!("{}{path}", self.origin));
        let request =
            request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").header("origin", &self.origin);
        page(request.body(url.query().unwrap_or_default().to_owned()).send().await?).await
    }

    /// Posts what says of itself that it is a callback.
    pub(crate) async fn call_back(&self, head: [(&str, &str); 3], body: &[u8]) -> Result<u16> {
        let mut request = self.http.post(format!("{}/receipts", self.origin)).body(body.to_vec());
        for (name, value) in head {
            request = request.header(name, value);
        }
        Ok(request.send().await?.status().as_u16())
    }

    /// Looks at a page until it says something.
    pub(crate) async fn until(&self, path: &str, text: &str) -> Result<Page> {
        let start = Instant::now();
        loop {
            let page = self.get(path).await?;
            if page.text.contains(text) {
                return Ok(page);
            }
            ensure!(start.elapsed() < Duration::from_secs(30), "{path} never says {text}: {}", page.text);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

async fn page(answer: reqwest::Response) -> Result<Page> {
    let location = answer.headers().get(LOCATION).map(|to| to.to_str().map(str::to_owned)).transpose()?;
    Ok(Page { status: answer.status().as_u16(), location, text: answer.text().await? })
}

impl Page {
    /// The code of the ticket on it.
    pub(crate) fn code(&self) -> Result<String> {
        let (_, rest) =
            self.text.split_once("class=\"code\">").with_context(|| format!("no ticket: {}", self.text))?;
        Ok(rest.get(..11).context("a short code")?.to_owned())
    }
}

impl Offered {
    /// `https://pay.example/pay/DIGEST?return=…`.
    pub(crate) fn parse(location: &str) -> Result<Self> {
        let url = Url::parse(location)?;
        ensure!(url.origin().ascii_serialization() == "https://pay.example", "{location}");
        let digest = Digest::parse(url.path().strip_prefix("/pay/").context("not a checkout")?)?;
        let back =
            url.query_pairs().find(|(name, _)| name == "return").context("no way back")?.1.into_owned();
        Ok(Self { digest, back: Url::parse(&back)? })
    }

    /// The way back after this order.
    pub(crate) fn paid(&self, order: &Signed<PaymentOrder>) -> Url {
        let mut url = self.back.clone();
        let (id, digest) = (order.message.order_id.to_string(), order.digest.to_string());
        url.query_pairs_mut().append_pair("meteore-order", &id).append_pair("meteore-digest", &digest);
        url
    }

    /// The way back without having paid.
    pub(crate) fn cancelled(&self) -> Url {
        let mut url = self.back.clone();
        url.query_pairs_mut().append_pair("meteore-cancelled", "1");
        url
    }

    /// The page of what is bought.
    pub(crate) fn purchase(&self) -> String {
        self.back.path().replace("/back/", "/purchase/")
    }
}
