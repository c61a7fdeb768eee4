//! What a room of the portals answers stands in its table, and what stands in the table is answered: the tests of routes and
//! roles walk the tables, so that what is missing there would be tried by nobody.

use std::collections::BTreeSet;

use crate::tree::{File, Tree};

/// What an entry of a table begins with.
const ENTRIES: [&str; 4] = ["Route::open(", "Route::signed_in(", "Route::for_role(", "Entry::new("];

/// A method and a path.
type Asked = (String, String);

pub(crate) fn unlisted(tree: &Tree) -> Vec<String> {
    let ours = tree.rust().filter(|file| file.is_in(&["backoffice/src/"]) && !file.is_in_module("tests"));
    ours.flat_map(unlisted_in).collect()
}

fn unlisted_in(file: &File) -> Vec<String> {
    let text = file.text.split("#[cfg(test)]").next().unwrap_or_default();
    let (answered, listed) = (answered(text), listed(text));
    let say = |what: &str, (method, path): &Asked| format!("{}: {method} {path} {what}", file.path);
    let untold =
        answered.difference(&listed).map(|asked| say("is answered, and in no table of ROUTES", asked));
    let idle =
        listed.difference(&answered).map(|asked| say("stands in ROUTES, and is answered nowhere", asked));
    untold.chain(idle).collect()
}

/// `.route("/path", get().to(…))`, or `resource("/path").route(get().to(…))`.
fn answered(text: &str) -> BTreeSet<Asked> {
    let method = |text: &str| Some(text.trim_start_matches("web::").split_once('(')?.0.to_uppercase());
    let plain = text.split(".route(").skip(1).filter_map(|rest| {
        let (path, rest) = quoted(rest.trim_start())?;
        Some((method(rest.trim_start_matches(',').trim_start())?, path.to_owned()))
    });
    let resources = text.split("resource(").skip(1).filter_map(|rest| {
        let (path, rest) = quoted(rest.trim_start())?;
        let (_, rest) = rest.split_once(".route(")?;
        Some((method(rest.trim_start())?, path.to_owned()))
    });
    plain.chain(resources).collect()
}

/// `Route::open("GET", "/path")`.
fn listed(text: &str) -> BTreeSet<Asked> {
    let entries = ENTRIES.iter().flat_map(|entry| text.split(entry).skip(1));
    let read = entries.filter_map(|rest| {
        let (method, rest) = quoted(rest.trim_start())?;
        let (path, _) = quoted(rest.trim_start_matches(',').trim_start())?;
        Some((method.to_owned(), path.to_owned()))
    });
    read.collect()
}

/// The text in quotes that this begins with, and what follows.
fn quoted(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix('"')?.split_once('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: &str = "pub const ROUTES: &[Route] = &[\n    Route::open(\"GET\", \"/a\"),\n    Route::for_role(\n        \
                        \"POST\",\n        \"/b\",\n        X,\n    ),\n    Route::open(\"GET\", \"/c\"),\n];\n\
                        config.route(\"/a\", get().to(a)).route(\n    \"/b\",\n    post().to(b),\n)\n\
                        .service(resource(\"/c\").route(get().to(c)));\n";

    fn found(text: &str) -> Vec<String> {
        unlisted(&Tree::of(&[("backoffice/src/room.rs", text)]))
    }

    #[test]
    fn a_route_that_is_missing_on_either_side_is_found() {
        assert!(found(ROOM).is_empty(), "{:?}", found(ROOM));
        for (from, to, findings) in [
            ("Route::open(\"GET\", \"/a\"),\n", "", 1),
            (".route(\"/a\", get().to(a))", "", 1),
            ("post().to(b)", "web::get().to(b)", 2),
            ("resource(\"/c\")", "resource(\"/d\")", 2),
        ] {
            assert!(ROOM.contains(from), "{from}");
            assert_eq!(found(&ROOM.replace(from, to)).len(), findings, "{from}");
        }
    }
}
