//! Where the parts of an upload lie: each under a name of its own, so that of two requests that bring the same bytes
//! neither writes over what the other has made durable.

use futures_util::TryStreamExt as _;
use object_store::ObjectStore;
use object_store::path::Path;

use crate::attachments::object::remove;
use crate::values::{Instant, UploadId};

/// Where parts lie.
const PLACE: &str = "uploads";

/// Where the part of that name lies.
pub fn of_part(upload: UploadId, object: &str) -> Path {
    Path::from(format!("{PLACE}/{upload}/{object}"))
}

/// Removes all that lies there of an upload, parts that no row knows of included.
///
/// # Errors
/// The failures of the object store.
pub async fn clear(objects: &dyn ObjectStore, upload: UploadId) -> Result<(), object_store::Error> {
    let folder = Path::from(format!("{PLACE}/{upload}"));
    let found: Vec<Path> = objects
        .list(Some(&folder))
        .map_ok(|found| found.location)
        .try_collect()
        .await?;
    for path in &found {
        remove(objects, path).await?;
    }
    Ok(())
}

/// Uploads of which something has lain there since that moment or longer.
///
/// # Errors
/// The failures of the object store.
pub async fn lying_since(objects: &dyn ObjectStore, moment: Instant) -> Result<Vec<UploadId>, object_store::Error> {
    let mut found: Vec<UploadId> = objects
        .list(Some(&Path::from(PLACE)))
        .try_filter(|found| std::future::ready(found.last_modified.timestamp() <= moment.seconds()))
        .try_filter_map(|found| std::future::ready(Ok(upload_of(&found.location))))
        .try_collect()
        .await?;
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

fn upload_of(path: &Path) -> Option<UploadId> {
    path.parts().nth(1)?.as_ref().parse().ok()
}
