//! Where bytes are kept: a folder, or a bucket of a store that speaks S3.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;

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
