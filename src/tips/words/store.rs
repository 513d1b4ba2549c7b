//! Rows of sealed words.

use diesel::prelude::*;

use super::{SealedWords, WordsKind};
use crate::store::columns::texts;
use crate::store::schema::tip_words;
use crate::store::{Connection, StoreError};
use crate::values::{Day, TipId, TipWordsId};

texts!(WordsKind);

#[derive(Queryable, Selectable)]
#[diesel(table_name = tip_words)]
struct Row {
    id: TipWordsId,
    version: i64,
    kind: WordsKind,
    written_on: Day,
    sealed: Vec<u8>,
}

impl From<Row> for SealedWords {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            version: row.version,
            kind: row.kind,
            written_on: row.written_on,
            sealed: row.sealed,
        }
    }
}

/// Keeps sealed words with a tip.
///
/// # Errors
/// The failures of the store.
pub fn add(connection: &mut Connection, tip: TipId, words: &SealedWords) -> Result<(), StoreError> {
    diesel::insert_into(tip_words::table)
        .values((
            tip_words::id.eq(words.id),
            tip_words::tip_id.eq(tip),
            tip_words::version.eq(words.version),
            tip_words::kind.eq(words.kind),
            tip_words::written_on.eq(words.written_on),
            tip_words::sealed.eq(&words.sealed),
        ))
        .execute(connection)?;
    Ok(())
}

/// The words of that id.
///
/// # Errors
/// The failures of the store.
pub fn find(connection: &mut Connection, id: TipWordsId) -> Result<Option<SealedWords>, StoreError> {
    let row: Option<Row> = tip_words::table
        .find(id)
        .select(Row::as_select())
        .first(connection)
        .optional()?;
    Ok(row.map(SealedWords::from))
}

/// The words of a tip, oldest first.
///
/// # Errors
/// The failures of the store.
pub fn of_tip(connection: &mut Connection, tip: TipId) -> Result<Vec<SealedWords>, StoreError> {
    let rows: Vec<Row> = tip_words::table
        .filter(tip_words::tip_id.eq(tip))
        .order(tip_words::version.asc())
        .select(Row::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(SealedWords::from).collect())
}

/// How many words of a kind there are of a tip.
///
/// # Errors
/// The failures of the store.
pub fn count(connection: &mut Connection, tip: TipId, kind: WordsKind) -> Result<i64, StoreError> {
    Ok(tip_words::table
        .filter(tip_words::tip_id.eq(tip))
        .filter(tip_words::kind.eq(kind))
        .count()
        .get_result(connection)?)
}

/// Takes the words of a tip away.
///
/// # Errors
/// The failures of the store.
pub fn forget(connection: &mut Connection, tip: TipId) -> Result<(), StoreError> {
    diesel::delete(tip_words::table.filter(tip_words::tip_id.eq(tip))).execute(connection)?;
    Ok(())
}
