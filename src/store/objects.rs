//! Where bytes are kept: a folder, or a bucket of a store that speaks S3.

use std::fmt;
use std::path::{self, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;
use std::{fs, io};

use object_store::ObjectStore;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;

use crate::values::Instant;

/// After how long what was begun to be written is taken for given up, in seconds.
const GIVEN_UP_SECONDS: i64 = 86_400;

/// Where bytes are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObjectsUrl {
    /// A folder of this machine.
    Folder(PathBuf),
    /// A bucket. Who asks, where and how is for the variables `AWS_…` to say.
    S3 {
        /// Its name.
        bucket: String,
        /// What stands before the name of every object; may be empty.
        prefix: String,
    },
}

impl ObjectsUrl {
    /// From `file://folder` or `s3://bucket/prefix`.
    ///
    /// # Errors
    /// What would be right.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(folder) = text.strip_prefix("file://").filter(|folder| !folder.is_empty()) {
            return Ok(Self::Folder(PathBuf::from(folder)));
        }
        let named = text
            .strip_prefix("s3://")
            .map(|rest| rest.split_once('/').unwrap_or((rest, "")));
        match named {
            Some((bucket, prefix)) if !bucket.is_empty() => Ok(Self::S3 {
                bucket: bucket.to_owned(),
                prefix: prefix.trim_matches('/').to_owned(),
            }),
            _ => Err(format!(
                "`{text}` is neither a folder nor a bucket; write `file:///var/lib/major-hazards/objects` or `s3://bucket/prefix`"
            )),
        }
    }

    /// Opens it. Nothing is asked of a bucket yet.
    ///
    /// # Errors
    /// When the folder cannot be used, or what the environment says of the bucket is not whole.
    pub fn open(&self) -> Result<Arc<dyn ObjectStore>, object_store::Error> {
        match self {
            Self::Folder(folder) => Ok(Arc::new(LocalFileSystem::new_with_prefix(folder)?.with_fsync(true))),
            Self::S3 { bucket, prefix } => {
                let store = AmazonS3Builder::from_env().with_bucket_name(bucket).build()?;
                Ok(Arc::new(PrefixStore::new(store, Path::from(prefix.as_str()))))
            }
        }
    }
}

impl ObjectsUrl {
    /// Removes what a process that died had begun to write a day ago or earlier, and returns how many files that were.
    /// The object store does not list them. In a bucket they go by a rule of the bucket.
    ///
    /// # Errors
    /// When the folder cannot be read or written.
    pub fn sweep(&self, now: Instant) -> io::Result<usize> {
        match self {
            Self::Folder(folder) => sweep(folder, now.plus_seconds(-GIVEN_UP_SECONDS).seconds()),
            Self::S3 { .. } => Ok(0),
        }
    }
}

fn sweep(folder: &path::Path, oldest: i64) -> io::Result<usize> {
    let mut swept = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let removed = if entry.file_type()?.is_dir() {
            sweep(&entry.path(), oldest)
        } else {
            remove_begun(&entry, oldest).map(usize::from)
        };
        swept += match removed {
            // Whoever wrote it has ended it meanwhile, or another node was first.
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            removed => removed?,
        };
    }
    Ok(swept)
}

fn remove_begun(file: &fs::DirEntry, oldest: i64) -> io::Result<bool> {
    // As the object store names a file until it is whole.
    let begun = file.file_name().to_string_lossy().contains('#');
    let given_up = begun && written_at(file)? < oldest;
    if given_up {
        fs::remove_file(file.path())?;
    }
    Ok(given_up)
}

/// In seconds of 1970.
fn written_at(file: &fs::DirEntry) -> io::Result<i64> {
    let since = file.metadata()?.modified()?.duration_since(UNIX_EPOCH);
    Ok(since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX)))
}

impl fmt::Display for ObjectsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => write!(f, "{}", folder.display()),
            Self::S3 { bucket, prefix } => write!(f, "s3://{bucket}/{prefix}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Clock;
    use tempfile::TempDir;

    #[test]
    fn what_was_begun_goes_after_a_day_and_nothing_else() {
        let folder = TempDir::new().unwrap();
        let inner = folder.path().join("incoming");
        fs::create_dir(&inner).unwrap();
        for name in ["begun#1", "whole"] {
            fs::write(inner.join(name), "bytes").unwrap();
        }
        let objects = ObjectsUrl::Folder(folder.path().to_owned());
        let now = Clock::system().now();
        assert_eq!(objects.sweep(now.plus_seconds(86_000)).unwrap(), 0);
        assert_eq!(objects.sweep(now.plus_seconds(87_000)).unwrap(), 1);
        let left: Vec<_> = fs::read_dir(&inner)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left, ["whole"]);
    }

    #[test]
    fn a_folder_and_a_bucket_are_told_apart() {
        let bucket = |bucket: &str, prefix: &str| ObjectsUrl::S3 {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
        };
        assert_eq!(
            ObjectsUrl::parse("file:///a/b"),
            Ok(ObjectsUrl::Folder(PathBuf::from("/a/b")))
        );
        assert_eq!(ObjectsUrl::parse("s3://evidence"), Ok(bucket("evidence", "")));
        assert_eq!(
            ObjectsUrl::parse("s3://evidence/zhangdian/"),
            Ok(bucket("evidence", "zhangdian"))
        );
        for wrong in ["", "s3://", "s3:///a", "file://", "/a/b", "gs://a"] {
            assert!(ObjectsUrl::parse(wrong).is_err(), "{wrong}");
        }
    }
}
