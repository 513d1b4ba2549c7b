//! Files that are whole or not there, whatever happens to the phone meanwhile.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use super::Trouble;

/// What a file is called until it is whole.
pub const FRESH: &str = "fresh";

/// Puts bytes into a file. When this returns they survive a loss of power; before, the file is as it was.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Trouble> {
    let fresh = path.with_extension(FRESH);
    let mut file = File::create(&fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    flush_folder_of(path)
}

/// The bytes of a file; nothing when it is not there.
pub fn read(path: &Path) -> Result<Option<Vec<u8>>, Trouble> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Removes a file that may be gone already.
pub fn remove(path: &Path) -> Result<(), Trouble> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => flush_folder_of(path),
    }
}

/// A name is in its folder for good only when the folder is on the disk.
fn flush_folder_of(path: &Path) -> Result<(), Trouble> {
    let folder = path.parent().ok_or("a file lies in a folder")?;
    Ok(File::open(folder)?.sync_all()?)
}
