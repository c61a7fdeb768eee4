//! Sales as merchants and consumers look at them: folded from the journal exactly once, found by index, compared with what
//! was done. On both databases.

mod figures;
mod folding;
mod history;
mod lists;
mod market;
mod plans;
mod timeline;
