//! Files that are durable when they are there, that only their owner reads, and that do not say when they were made.
//!
//! Every file and folder here is given one same time. When an inode was changed last is the file system's own and cannot
//! be set; a folder of keys belongs on a disk that only the service and its operator see.

use std::fs::{self, DirBuilder, File, FileTimes, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::time::SystemTime;

use super::VaultError;

/// A folder that only its owner enters; fine when it is there.
pub(super) fn make_folder(path: &Path) -> Result<(), VaultError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|error| failed("cannot make", path, &error))
}

/// What a file holds; nothing when it is not there.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, VaultError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("cannot read", path, &error)),
    }
}

/// Names in a folder; none when it is not there.
pub(super) fn names(path: &Path) -> Result<Vec<String>, VaultError> {
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed("cannot read", path, &error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| failed("cannot read", path, &error))?;
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    Ok(names)
}

/// Writes a file so that it is there whole when this returns, or fails.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), VaultError> {
    let written = || {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(path)?;
        file.write_all(bytes)?;
        undate(&file)?;
        file.sync_all()
    };
    written().map_err(|error| failed("cannot write", path, &error))?;
    sync(path.parent().unwrap_or(Path::new(".")))
}

/// Moves a file to its place, in which it replaces what was there, so that it stays there.
pub(super) fn rename(from: &Path, to: &Path) -> Result<(), VaultError> {
    fs::rename(from, to).map_err(|error| failed("cannot write", to, &error))?;
    for folder in [from.parent(), to.parent()].into_iter().flatten() {
        sync(folder)?;
    }
    Ok(())
}

/// Takes a file away for good; true when it was there.
pub(super) fn remove(path: &Path) -> Result<bool, VaultError> {
    match fs::remove_file(path) {
        Ok(()) => sync(path.parent().unwrap_or(Path::new("."))).map(|()| true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(failed("cannot remove", path, &error)),
    }
}

/// Opens a file that is only locked.
pub(super) fn open_lock(path: &Path) -> Result<File, VaultError> {
    let opened = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path);
    opened.map_err(|error| failed("cannot open", path, &error))
}

pub(super) fn failed(what: &str, path: &Path, error: &dyn std::fmt::Display) -> VaultError {
    // The name of a key's file belongs to a tip, so what is told is the folder.
    let folder = path.parent().unwrap_or(path);
    VaultError::Folder(format!("{what} in `{}`: {error}", folder.display()))
}

fn sync(folder: &Path) -> Result<(), VaultError> {
    let synced = || {
        let folder = File::open(folder)?;
        undate(&folder)?;
        folder.sync_all()
    };
    synced().map_err(|error| failed("cannot write", folder, &error))
}

fn undate(file: &File) -> std::io::Result<()> {
    let never = SystemTime::UNIX_EPOCH;
    file.set_times(FileTimes::new().set_accessed(never).set_modified(never))
}
