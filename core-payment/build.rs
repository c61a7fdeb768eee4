//! The tables are compiled in: a new migration is a reason to compile again, which the compiler does not see by itself.

fn main() {
    println!("cargo::rerun-if-changed=../migrations");
}
