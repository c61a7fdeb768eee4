//! Folders that stand for the bank. A file appears in one whole or not at all, and only its owner reads it.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use payment_domain::Timestamp;

/// What is not finished yet begins so.
const UNFINISHED: char = '.';
/// For how long a file must have been left alone: whoever copies it into the folder may be at it still.
const QUIET_MS: i64 = 2_000;

/// Puts a file into a folder, in place of one of the same name.
pub(super) fn put(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    make(folder)?;
    let part = folder.join(format!("{UNFINISHED}{name}.{}", std::process::id()));
    match fs::remove_file(&part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&part, folder.join(name))?;
    File::open(folder)?.sync_all()
}

/// Files that were left alone for a while, by name.
pub(super) fn quiet(folder: &Path, now: Timestamp) -> io::Result<Vec<PathBuf>> {
    make(folder)?;
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // One that is gone by now was another server's.
        let Ok(about) = entry.metadata() else { continue };
        let changed = about.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
        let changed_ms = i64::try_from(changed.as_millis()).unwrap_or(i64::MAX);
        let is_quiet = changed_ms <= now.as_millis().saturating_sub(QUIET_MS);
        let is_finished = !entry.file_name().to_string_lossy().starts_with(UNFINISHED);
        if about.is_file() && is_quiet && is_finished {
            files.push(entry.path());
        }
    }
    files.sort_unstable();
    Ok(files)
}

/// Reads a file, and one byte more than it may have if it is larger.
pub(super) fn read(path: &Path, most_bytes: u64) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    File::open(path)?.take(most_bytes.saturating_add(1)).read_to_end(&mut content)?;
    Ok(content)
}

/// Puts a file away. It takes nobody's place: where there is one of its name it gets a number.
pub(super) fn put_away(path: &Path, folder: &Path) -> io::Result<()> {
    make(folder)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut place = folder.join(&name);
    let mut number = 1_u32;
    while place.exists() {
        number = number.saturating_add(1);
        place = folder.join(format!("{name}.{number}"));
    }
    match fs::rename(path, place) {
        // Another server has read it too, and was faster.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        moved => moved,
    }
}

/// Makes a folder that only its owner enters; fine if it exists.
fn make(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn later() -> Timestamp {
        Timestamp::parse("2999-01-01T00:00:00.000Z").unwrap()
    }

    fn names(folder: &Path, now: Timestamp) -> Vec<String> {
        let files = quiet(folder, now).unwrap();
        files.iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn a_file_is_put_whole_for_its_owner_and_takes_the_place_of_its_like() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("bank/out");
        for content in [&b"first"[..], b"second"] {
            put(&folder, "a.xml", content).unwrap();
        }
        assert_eq!(fs::read(folder.join("a.xml")).unwrap(), b"second");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing unfinished is left");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&folder.join("a.xml"))), (0o700, 0o600));
    }

    #[test]
    fn only_files_that_are_finished_and_left_alone_are_taken() {
        let home = tempfile::tempdir().unwrap();
        for name in ["b.xml", "a.xml", ".c.xml.7"] {
            fs::write(home.path().join(name), "x").unwrap();
        }
        fs::create_dir(home.path().join("folder")).unwrap();
        assert_eq!(names(home.path(), later()), ["a.xml", "b.xml"]);
        assert!(names(home.path(), Timestamp::EPOCH).is_empty(), "somebody may still be writing");
        assert!(names(&home.path().join("not/there"), later()).is_empty());
    }

    #[test]
    fn what_is_put_away_takes_nobodys_place() {
        let home = tempfile::tempdir().unwrap();
        let (path, done) = (home.path().join("a.xml"), home.path().join("done"));
        for content in ["1", "2", "3"] {
            fs::write(&path, content).unwrap();
            put_away(&path, &done).unwrap();
        }
        put_away(&path, &done).unwrap();
        let content = |name: &str| fs::read_to_string(done.join(name)).unwrap();
        assert_eq!([content("a.xml"), content("a.xml.2"), content("a.xml.3")], ["1", "2", "3"]);
    }

    #[test]
    fn a_file_is_read_no_further_than_it_may_go() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a.xml");
        fs::write(&path, "12345").unwrap();
        assert_eq!(read(&path, 5).unwrap().len(), 5);
        assert_eq!(read(&path, 2).unwrap().len(), 3);
    }
}
