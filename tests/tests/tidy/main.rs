//! The invariants of `docs/ARCHITECTURE.md` and the house style that text and metadata can show.
//!
//! Each rule is a function from a [`Tree`](tree::Tree) or from cargo's metadata to findings. Each is run twice: on the
//! repository, where it must find nothing, and beside its definition on a bad sample, where it must find something.
//! What the compiler or clippy already enforces is not repeated here.

mod citations;
mod code;
mod crates;
mod journal;
mod licences;
mod routes;
mod shape;
mod tree;
mod words;

use tree::Tree;

fn nothing_found(findings: &[String]) {
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

#[test]
fn words_stay_in_their_rooms() {
    nothing_found(&words::strayed(&Tree::of_repository()));
}

#[test]
fn files_have_the_house_shape() {
    nothing_found(&shape::misshapen(&Tree::of_repository()));
}

#[test]
fn every_room_has_a_readme_of_at_most_a_screen() {
    nothing_found(&shape::without_readme(&Tree::of_repository()));
}

#[test]
fn both_engines_have_the_same_migrations() {
    nothing_found(&shape::lopsided_migrations(&Tree::of_repository()));
}

#[test]
fn every_route_stands_in_the_table_of_its_room() {
    nothing_found(&routes::unlisted(&Tree::of_repository()));
}

#[test]
fn every_requirement_cited_exists() {
    nothing_found(&citations::unknown(&Tree::of_repository()));
}

#[test]
fn journal_rows_are_never_updated_or_deleted() {
    nothing_found(&journal::rewritten(&Tree::of_repository()));
}

#[test]
fn portals_write_nothing_that_is_the_cores() {
    nothing_found(&journal::written_by_portals(&Tree::of_repository()));
}

#[test]
fn crates_depend_only_in_the_direction_of_the_house() {
    nothing_found(&crates::misdirected(&crates::workspace()));
}

#[test]
fn every_crate_takes_lints_and_versions_from_the_workspace() {
    nothing_found(&crates::on_their_own(&Tree::of_repository()));
}

#[test]
fn every_dependency_has_a_permissive_licence() {
    nothing_found(&licences::unacceptable(&licences::dependencies()));
}
