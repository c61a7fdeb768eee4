//! Files that survive a crash and secrets that stay private.
//!
//! A write lands whole or not at all: temporary file, fsync, rename, fsync of the folder. Secrets are created with
//! mode 0600 and are not read if anybody else could have read them.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use thiserror::Error;
use zeroize::Zeroizing;

/// Why a file could not be read or written.
#[derive(Debug, Error)]
pub enum FileError {
    /// The operating system refused.
    #[error("{path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A secret that others may read is no secret any more.
    #[error(
        "{path} is open to others (mode {mode:o}): make it 0600, and replace the key if the machine is shared"
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
}

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Certificates and lists: mode 0644.
    Public,
    /// Keys: mode 0600.
    Secret,
}

impl Access {
    const fn mode(self) -> u32 {
        match self {
            Self::Public => 0o644,
            Self::Secret => 0o600,
        }
    }
}

/// Writes a file that must not exist yet.
pub(crate) fn create(path: &Path, access: Access, content: &[u8]) -> Result<(), FileError> {
    write_new(path, access, content).and_then(|()| sync_folder_of(path)).map_err(at(path))
}

/// Replaces a file as a whole, or creates it.
pub(crate) fn replace(path: &Path, access: Access, content: &[u8]) -> Result<(), FileError> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".new");
    let temporary = PathBuf::from(temporary);
    let swap = || {
        match fs::remove_file(&temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        write_new(&temporary, access, content)?;
        fs::rename(&temporary, path)?;
        sync_folder_of(path)
    };
    swap().map_err(at(path))
}

/// Moves a file over another one.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), FileError> {
    fs::rename(from, to).and_then(|()| sync_folder_of(to)).map_err(at(to))
}

/// Appends one line and waits until it is on disk.
pub(crate) fn append_line(path: &Path, line: &str) -> Result<(), FileError> {
    let append = || {
        let mut file = OpenOptions::new().append(true).create(true).mode(0o644).open(path)?;
        // One write: a crash leaves a whole line or a torn last one, which the reader can tell.
        file.write_all(format!("{line}\n").as_bytes())?;
        file.sync_all()?;
        sync_folder_of(path)
    };
    append().map_err(at(path))
}

/// Reads a public file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    fs::read(path).map_err(at(path))
}

/// Reads a secret, refusing one that is open to others.
pub(crate) fn read_secret(path: &Path) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let file = File::open(path).map_err(at(path))?;
    let about = file.metadata().map_err(at(path))?;
    let mode = about.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(FileError::Exposed { path: path.to_owned(), mode });
    }
    let size_bytes = usize::try_from(about.len()).unwrap_or(usize::MAX).min(MAX_SECRET_BYTES);
    // Reserved in full beforehand, so that no outgrown buffer keeps a copy.
    let mut content = Zeroizing::new(Vec::with_capacity(size_bytes.saturating_add(1)));
    file.take(MAX_SECRET_BYTES_U64).read_to_end(&mut content).map_err(at(path))?;
    Ok(content)
}

/// Makes a folder that only its owner enters; fine if it exists.
pub(crate) fn create_private_folder(path: &Path) -> Result<(), FileError> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(at(path))
}

/// Holds other processes off a folder until it is dropped.
#[derive(Debug)]
pub(crate) struct FolderLock(#[expect(dead_code, reason = "the lock lives as long as the handle")] File);

impl FolderLock {
    pub(crate) fn acquire(folder: &Path) -> Result<Self, FileError> {
        let path = folder.join("lock");
        let lock = || {
            let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path)?;
            file.lock()?;
            Ok(Self(file))
        };
        lock().map_err(at(&path))
    }
}

const MAX_SECRET_BYTES: usize = 64 * 1024;
const MAX_SECRET_BYTES_U64: u64 = 64 * 1024;

fn write_new(path: &Path, access: Access, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(access.mode()).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> FileError {
    let path = path.to_owned();
    move |source| FileError::Io { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_open_to_others_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        create(&path, Access::Secret, b"secret").unwrap();
        assert_eq!(read_secret(&path).unwrap().as_slice(), b"secret");
        for mode in [0o640, 0o604, 0o666] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert!(
                matches!(read_secret(&path), Err(FileError::Exposed { mode: found, .. }) if found == mode)
            );
        }
    }

    #[test]
    fn creating_never_overwrites_and_replacing_leaves_no_remains() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("crl.pem");
        create(&path, Access::Public, b"first").unwrap();
        assert!(create(&path, Access::Public, b"second").is_err());
        fs::write(folder.path().join("crl.pem.new"), b"left by a crash").unwrap();
        replace(&path, Access::Public, b"third").unwrap();
        assert_eq!(read(&path).unwrap(), b"third");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
