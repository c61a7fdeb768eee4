//! Which pages were looked at in which theme, by all flows together: every page that a portal answers has to be among them.
//!
//! Flows write down what `pageIsSound` was asked of. When the last of them has been played, whichever that is, what they have
//! seen is held against the portals' tables of routes, which are those of the tests of routes and roles.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use ::tests::scratch::repository;
use anyhow::{Context as _, Result, bail, ensure};
use backoffice::merchant::pay_link;
use backoffice::{checkout, consumer, merchant, operator, people};

/// The variable by which flows know where to write down what they have checked.
pub(crate) const VARIABLE: &str = "METEORE_CHECKED";

/// Flows about something else than the portals.
const OF_THE_HARNESS: [&str; 2] = ["failing", "harness"];

const THEMES: [&str; 2] = ["light", "dark"];

/// A method and a path as in the router.
type Asked = (&'static str, &'static str);

/// What answers a form with a page instead of leading to one; that a form comes back is another matter.
const SHOWN_AT_ONCE: [(&str, Asked); 7] = [
    ("consumer", ("POST", "/terminals/invite")),
    ("merchant", ("POST", "/certificates/invite")),
    ("merchant", ("POST", "/api-keys")),
    ("merchant", ("POST", "/callbacks")),
    ("operator", ("POST", "/admit")),
    ("operator", ("POST", "/periods/close")),
    ("operator", ("POST", "/audit/check")),
];

/// What goes wrong, and what everybody is told about it: not signed for, nothing there, over, not understood, too often, not now.
const WRONG: [(&str, &[u16]); 3] = [
    ("consumer", &[403, 404, 410, 422, 429, 503]),
    ("merchant", &[403, 404, 422]),
    ("operator", &[403, 404, 422]),
];

/// A page that a flow has looked at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    portal: String,
    method: String,
    path: String,
    status: u16,
    theme: String,
}

impl Seen {
    /// A line: what it is made of, with tabs between.
    fn read(line: &str) -> Result<Self> {
        let parts: Vec<&str> = line.split('\t').collect();
        let [portal, method, path, status, theme] = parts[..] else { bail!("a line of {parts:?}") };
        let [portal, method, path, theme] = [portal, method, path, theme].map(str::to_owned);
        Ok(Self { portal, method, path, status: status.parse()?, theme })
    }
}

/// Adds what the flows of a file have checked, a line for each page. Fails if that was the last file, and a page is missing.
pub(crate) fn note(flows: &str, lines: &str) -> Result<()> {
    static PLAYED: Mutex<BTreeMap<String, BTreeSet<Seen>>> = Mutex::new(BTreeMap::new());
    let seen: Vec<Seen> = lines.lines().map(Seen::read).collect::<Result<_>>()?;
    let mut played = PLAYED.lock().unwrap_or_else(PoisonError::into_inner);
    played.entry(flows.to_owned()).or_default().extend(seen);
    if !files()?.iter().all(|file| played.contains_key(file)) {
        return Ok(());
    }
    let all = played.values().flatten().cloned().collect();
    let missing = missing(&all);
    ensure!(missing.is_empty(), "no flow has asked whether these are sound:\n{}", missing.join("\n"));
    Ok(())
}

/// The files of flows that are about the portals.
fn files() -> Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(repository().join("tests/browser/flows"))? {
        let name = entry?.file_name();
        let name = name.to_str().and_then(|name| name.strip_suffix(".mjs")).context("no flow")?.to_owned();
        if !OF_THE_HARNESS.contains(&name.as_str()) {
            files.push(name);
        }
    }
    Ok(files)
}

/// Everything that a portal answers.
fn routes(portal: &str) -> Vec<Asked> {
    let rooms = match portal {
        "consumer" => vec![consumer::ROUTES, checkout::ROUTES, pay_link::ROUTES, people::ROUTES],
        "merchant" => vec![merchant::ROUTES, people::ROUTES],
        _ => return operator::ROUTES.iter().map(|entry| (entry.method, entry.path)).collect(),
    };
    rooms.into_iter().flatten().map(|route| (route.method, route.path)).collect()
}

/// Whether an address shows a page, and not a file.
fn is_page((method, path): &Asked) -> bool {
    *method == "GET" && ![".xml", ".csv", ".json"].iter().any(|ending| path.ends_with(ending))
}

/// The pages that are not among these, each with the themes that it was not seen in; in words.
fn missing(seen: &BTreeSet<Seen>) -> Vec<String> {
    let mut missing = Vec::new();
    for (portal, statuses) in WRONG {
        let routes = routes(portal);
        let at_once = SHOWN_AT_ONCE.iter().filter(|(of, _)| *of == portal).map(|(_, asked)| *asked);
        let wanted: BTreeSet<Asked> = routes.iter().copied().filter(is_page).chain(at_once).collect();
        for theme in THEMES {
            let of = || seen.iter().filter(move |seen| seen.portal == portal && seen.theme == theme);
            // What went wrong at an address is not the page of that address.
            let shown: BTreeSet<Asked> =
                of().filter(|seen| seen.status == 200).filter_map(|seen| asked(&routes, seen)).collect();
            let pages = wanted.difference(&shown);
            missing.extend(pages.map(|(method, path)| format!("{portal}: {method} {path}, {theme}")));
            let unseen = statuses.iter().filter(|status| !of().any(|seen| seen.status == **status));
            missing.extend(unseen.map(|status| format!("{portal}: a page with {status}, {theme}")));
        }
    }
    missing
}

/// The route of a page: as routers do it, what stands there goes before what is in braces.
fn asked(routes: &[Asked], seen: &Seen) -> Option<Asked> {
    let fits = |pattern: &str| {
        let (pattern, path): (Vec<_>, Vec<_>) =
            (pattern.split('/').collect(), seen.path.split('/').collect());
        let same =
            |(pattern, part): (&&str, &&str)| pattern == part || pattern.starts_with('{') && !part.is_empty();
        pattern.len() == path.len() && pattern.iter().zip(&path).all(same)
    };
    let fitting = routes.iter().filter(|(method, path)| *method == seen.method && fits(path));
    fitting.min_by_key(|(_, path)| path.matches('{').count()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(portal: &str, (method, path): Asked, status: u16, theme: &str) -> Seen {
        let filled = path.replace(['{', '}'], "");
        Seen { portal: portal.into(), method: method.into(), path: filled, status, theme: theme.into() }
    }

    /// All that there is to see.
    fn everything() -> BTreeSet<Seen> {
        let mut all = BTreeSet::new();
        for theme in THEMES {
            for (portal, statuses) in WRONG {
                all.extend(routes(portal).into_iter().map(|asked| seen(portal, asked, 200, theme)));
                all.extend(statuses.iter().map(|status| seen(portal, ("GET", "/x"), *status, theme)));
            }
        }
        all
    }

    #[test]
    fn a_page_that_nobody_has_looked_at_is_found() {
        let all = everything();
        assert_eq!(missing(&all), Vec::<String>::new());
        assert!(missing(&BTreeSet::new()).len() > 150, "nothing was seen");
        for (portal, asked, says) in [
            ("consumer", ("GET", "/payments/{order}"), "consumer: GET /payments/{order}, dark"),
            ("merchant", ("GET", "/items/new"), "merchant: GET /items/new, dark"),
            ("operator", ("POST", "/admit"), "operator: POST /admit, dark"),
            ("merchant", ("GET", "/sign-in"), "merchant: GET /sign-in, dark"),
        ] {
            let gone = seen(portal, asked, 200, "dark");
            let mut less = all.clone();
            assert!(less.remove(&gone), "{gone:?}");
            // Neither with another method nor refused is it the same page.
            less.insert(Seen { status: 404, ..gone.clone() });
            less.insert(Seen { method: "PUT".into(), ..gone });
            assert_eq!(missing(&less), [says]);
        }
        let mut less = all;
        less.retain(|seen| seen.status != 503);
        assert_eq!(missing(&less).len(), 2, "{:?}", missing(&less));
    }
}
