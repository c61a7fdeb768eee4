//! The files of the repository, as git sees them: tracked, or new and not ignored.

use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) struct File {
    /// Relative to the root of the repository, with forward slashes.
    pub(crate) path: String,
    pub(crate) text: String,
}

pub(crate) struct Tree {
    pub(crate) files: Vec<File>,
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies in the repository").to_owned()
}

impl Tree {
    pub(crate) fn of_repository() -> Self {
        let listing = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(root())
            .output()
            .expect("git runs");
        assert!(listing.status.success(), "git ls-files failed");
        let files: Vec<_> = listing
            .stdout
            .split(|byte| *byte == 0)
            .filter_map(|path| std::str::from_utf8(path).ok())
            .filter(|path| !path.is_empty())
            // A file that git knows may be gone from the work tree, and binary files are nobody's prose.
            .filter_map(|path| {
                let text = std::fs::read_to_string(root().join(path)).ok()?;
                Some(File { path: path.to_owned(), text })
            })
            .collect();
        assert!(files.len() > 50, "only {} files found: the rules would check nothing", files.len());
        Self { files }
    }

    /// A made-up tree, to show that a rule can fail.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let files = files
            .iter()
            .map(|(path, text)| File { path: (*path).to_owned(), text: (*text).to_owned() })
            .collect();
        Self { files }
    }

    pub(crate) fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.path.ends_with(".rs"))
    }
}

impl File {
    pub(crate) fn is_in(&self, rooms: &[&str]) -> bool {
        rooms.iter().any(|room| self.path.starts_with(room))
    }

    /// The name without folders and extension.
    pub(crate) fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.split('.').next().unwrap_or_default()
    }

    /// Whether the file is, or lies in, a module of this name.
    pub(crate) fn is_in_module(&self, name: &str) -> bool {
        self.stem() == name || self.path.split('/').any(|folder| folder == name)
    }
}
