//! A gateway, the mobility portal beside it, and a consumer with a browser and an app.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use core_payment::{Callback, Details};
use payment_domain::{Digest, Offer, OfferId, PaymentOrder, PaymentReceipt};
use payment_trust::client_config;
use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use tests::app::Setup;
use tests::database::{Database, Engine};
use tests::postgres::free_port;
use tests::process::{Running, tied};
use tests::scene::Scene;
use tests::scratch;
use tests::town::{Newcomer, OrderDraft, Signed, Town};
use uuid::Uuid;

/// The merchants of the portal; the town has the first one anyhow.
pub(crate) const MERCHANTS: [&str; 4] = ["parking", "tram", "theatre", "gazette"];

/// Everything that a test needs.
pub(crate) struct Stage {
    pub(crate) portal: Portal,
    pub(crate) scene: Scene,
}

/// The portal's process, and a browser without cookies in front of it.
pub(crate) struct Portal {
    process: Running,
    config: PathBuf,
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
        let merchants = MERCHANTS.into_iter().filter(|name| *name != "parking").map(Newcomer::merchant);
        town.settle(&database, merchants).await?;
        if callbacks {
            for (number, name) in (1..).zip(MERCHANTS) {
                listen(&town, &database, name, &origin, number).await?;
            }
        }
        let more = "[callbacks]\nplain_http = true\nallow = ['127.0.0.1']\n[outbox]\npoll_ms = 50";
        let setup = Setup { more: more.to_owned(), ..Setup::default() };
        let app = tests::app::App::start_with(&town, &database, &setup).await?;
        let scene = Scene { app, database, town };
        let portal = Portal::open(&scene, origin, callbacks).await?;
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
        let journal = std::fs::read_to_string(self.scene.town.folder().join("mobility/state/journal.jsonl"))?;
        let wanted = format!("\"event\":\"{event}\"");
        Ok(journal.lines().filter(|line| line.contains(&wanted)).count())
    }
}

async fn listen(town: &Town, database: &Database, name: &str, origin: &str, secret: u8) -> Result<()> {
    let core = town.core(database)?;
    let callback = Callback::parse(&format!("{origin}/receipts"), [secret; 32])?;
    let details = Details { callback: Some(callback), ..Details::default() };
    let name = payment_domain::PartyId::parse(name)?;
    core.change_party(core_payment::ChangeParty {
        name,
        active: None,
        external: None,
        details: Some(details),
    })
    .await?;
    core.shut_down();
    Ok(())
}

/// A merchant's callback key, as the configuration writes it.
pub(crate) fn secret(name: &str) -> [u8; 32] {
    let number = MERCHANTS.iter().position(|merchant| *merchant == name).expect("a merchant of the portal");
    [u8::try_from(number + 1).expect("few merchants"); 32]
}

impl Portal {
    async fn open(scene: &Scene, origin: String, callbacks: bool) -> Result<Self> {
        let folder = scene.town.folder().join("mobility");
        std::fs::create_dir_all(folder.join("keys"))?;
        let mut merchants = String::new();
        for name in MERCHANTS {
            let credential = &scene.town.party(name).credential;
            credential.key().save(&folder.join(format!("keys/{name}.key")))?;
            std::fs::write(folder.join(format!("keys/{name}.pem")), credential.certificate().to_pem())?;
            merchants += &format!("[merchants.{name}]\nid = \"{name}\"\n");
            if callbacks {
                merchants += &format!("callback = \"whsec_{}\"\n", base64(&secret(name)));
            }
        }
        let config = folder.join("mobility.toml");
        let (listen, door) = (origin.trim_start_matches("http://"), scene.door().url());
        std::fs::write(
            &config,
            format!(
                "listen = \"{listen}\"\norigin = \"{origin}\"\ndoor = \"{door}\"\nconsumer = \"https://pay.example\"\n\
                 root = \"../pki/root.pem\"\nissuing = \"../pki/issuing.pem\"\nkeys = \"keys\"\nstate = \"state\"\n{merchants}"
            ),
        )?;
        let tls = client_config(scene.town.chain()?.root())?;
        let http = Client::builder().tls_backend_preconfigured(tls).redirect(Policy::none()).no_proxy();
        let http = http.timeout(Duration::from_secs(30)).build()?;
        let mut portal = Self { process: launch(&config)?, config, origin, http };
        portal.until_ready().await?;
        Ok(portal)
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) -> Result<()> {
        self.process.kill()
    }

    /// Starts it again.
    pub(crate) async fn restart(&mut self) -> Result<()> {
        self.process = launch(&self.config)?;
        self.until_ready().await
    }

    async fn until_ready(&mut self) -> Result<()> {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(30) {
            let answer = self.http.get(format!("{}/healthz", self.origin)).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            let log = || std::fs::read_to_string(self.config.with_extension("log")).unwrap_or_default();
            if let Some(status) = self.process.ended()? {
                anyhow::bail!("the portal ended with {status}:\n{}", log());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        anyhow::bail!("the portal is not ready")
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

/// A process of the portal's binary.
fn launch(config: &std::path::Path) -> Result<Running> {
    let log = File::options().create(true).append(true).open(config.with_extension("log"))?;
    let mut command = tied("KILL", binary()?);
    Running::start(command.arg(config).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log))
}

fn binary() -> Result<PathBuf> {
    static BUILT: OnceLock<bool> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build
            .args(["build", "--locked", "--quiet", "--package", "mobility"])
            .current_dir(scratch::repository());
        build.status().is_ok_and(|status| status.success())
    });
    ensure!(*built, "the portal does not build");
    Ok(scratch::target_folder().join("debug/mobility"))
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
