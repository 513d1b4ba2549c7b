//! Rows of photographs.

use diesel::prelude::*;

use super::{Photo, Unclaimed};
use crate::store::schema::tip_photos;
use crate::store::{Connection, StoreError};
use crate::tips::vault::{KeyName, Sealed};
use crate::values::{Day, TipId, TipPhotoId};

#[derive(Queryable, Selectable)]
#[diesel(table_name = tip_photos)]
struct Row {
    id: TipPhotoId,
    object: String,
    media_type: String,
    size: i64,
}

impl From<Row> for Photo {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            object: row.object,
            media_type: row.media_type,
            size: row.size,
        }
    }
}

/// Puts a photograph on record that no tip has claimed yet.
///
/// # Errors
/// The failures of the store.
pub fn insert(connection: &mut Connection, photo: &Photo, key: &KeyName, today: Day) -> Result<(), StoreError> {
    diesel::insert_into(tip_photos::table)
        .values((
            tip_photos::id.eq(photo.id),
            tip_photos::object.eq(&photo.object),
            tip_photos::media_type.eq(&photo.media_type),
            tip_photos::size.eq(photo.size),
            tip_photos::uploaded_on.eq(today),
            tip_photos::key_name.eq(key.to_string()),
        ))
        .execute(connection)?;
    Ok(())
}

/// The name of the key of a photograph that no tip has claimed.
///
/// # Errors
/// The failures of the store.
pub fn unclaimed_key(connection: &mut Connection, id: TipPhotoId) -> Result<Option<KeyName>, StoreError> {
    let name: Option<Option<String>> = tip_photos::table
        .find(id)
        .select(tip_photos::key_name)
        .first(connection)
        .optional()?;
    name.flatten().map(|name| read(&name)).transpose()
}

/// Gives a photograph to a tip, under whose key its own is sealed from now on; false when another tip has it.
///
/// # Errors
/// The failures of the store.
pub fn claim(connection: &mut Connection, id: TipPhotoId, tip: TipId, sealed_key: &Sealed) -> Result<bool, StoreError> {
    let unclaimed = tip_photos::table
        .filter(tip_photos::id.eq(id))
        .filter(tip_photos::tip_id.is_null());
    let claimed = diesel::update(unclaimed)
        .set((
            tip_photos::tip_id.eq(tip),
            tip_photos::sealed_key.eq(sealed_key),
            tip_photos::key_name.eq(None::<String>),
        ))
        .execute(connection)?;
    Ok(claimed == 1)
}

/// The photographs of a tip.
///
/// # Errors
/// The failures of the store.
pub fn of_tip(connection: &mut Connection, tip: TipId) -> Result<Vec<Photo>, StoreError> {
    let rows: Vec<Row> = tip_photos::table
        .filter(tip_photos::tip_id.eq(tip))
        .order(tip_photos::id.asc())
        .select(Row::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(Photo::from).collect())
}

/// A photograph of a tip with its sealed key.
///
/// # Errors
/// The failures of the store.
pub fn find(connection: &mut Connection, tip: TipId, id: TipPhotoId) -> Result<Option<(Photo, Sealed)>, StoreError> {
    let found: Option<(Row, Option<Vec<u8>>)> = tip_photos::table
        .filter(tip_photos::id.eq(id))
        .filter(tip_photos::tip_id.eq(tip))
        .select((Row::as_select(), tip_photos::sealed_key))
        .first(connection)
        .optional()?;
    Ok(found.and_then(|(row, key)| Some((row.into(), key?))))
}

/// Photographs that came before that day and were not claimed.
///
/// # Errors
/// The failures of the store.
pub fn unclaimed_before(connection: &mut Connection, day: Day, limit: i64) -> Result<Vec<Unclaimed>, StoreError> {
    let rows: Vec<(Row, Option<String>)> = tip_photos::table
        .filter(tip_photos::tip_id.is_null())
        .filter(tip_photos::uploaded_on.lt(day))
        .order((tip_photos::uploaded_on.asc(), tip_photos::id.asc()))
        .limit(limit)
        .select((Row::as_select(), tip_photos::key_name))
        .load(connection)?;
    rows.into_iter()
        .filter_map(|(row, name)| Some((Photo::from(row), name?)))
        .map(|(photo, name)| {
            Ok(Unclaimed {
                photo,
                key: read(&name)?,
            })
        })
        .collect()
}

/// Takes a photograph off record that no tip has claimed; false when one has meanwhile.
///
/// # Errors
/// The failures of the store.
pub fn forget_unclaimed(connection: &mut Connection, id: TipPhotoId) -> Result<bool, StoreError> {
    let unclaimed = tip_photos::table
        .filter(tip_photos::id.eq(id))
        .filter(tip_photos::tip_id.is_null());
    Ok(diesel::delete(unclaimed).execute(connection)? == 1)
}

/// Takes the photographs of a tip off record.
///
/// # Errors
/// The failures of the store.
pub fn forget(connection: &mut Connection, tip: TipId) -> Result<(), StoreError> {
    diesel::delete(tip_photos::table.filter(tip_photos::tip_id.eq(tip))).execute(connection)?;
    Ok(())
}

/// Whether a photograph on record is sealed under the key of that name.
///
/// # Errors
/// The failures of the store.
pub fn is_key_of_a_photo(connection: &mut Connection, name: &KeyName) -> Result<bool, StoreError> {
    let found: Option<TipPhotoId> = tip_photos::table
        .filter(tip_photos::key_name.eq(name.to_string()))
        .select(tip_photos::id)
        .first(connection)
        .optional()?;
    Ok(found.is_some())
}

/// Whether an object of that name belongs to a photograph on record.
///
/// # Errors
/// The failures of the store.
pub fn is_object_of_a_photo(connection: &mut Connection, object: &str) -> Result<bool, StoreError> {
    let found: Option<TipPhotoId> = tip_photos::table
        .filter(tip_photos::object.eq(object))
        .select(tip_photos::id)
        .first(connection)
        .optional()?;
    Ok(found.is_some())
}

fn read(name: &str) -> Result<KeyName, StoreError> {
    name.parse()
        .map_err(|_| StoreError::Corrupt("a photograph has a bad key".to_owned()))
}
