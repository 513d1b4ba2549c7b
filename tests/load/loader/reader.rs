//! Reads the model stories back from the database that they were acted out on.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl as _, sql_query};
use major_hazards::journal::{self, Event, Subject, SubjectKind};
use major_hazards::store::Connection;
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::Trouble;
use super::cells::{Ids, cell, with_digest};
use super::model::{Model, ModelEvent, Models};
use super::pattern::{Pattern, Slot};
use super::rows::{Cell, TABLES, Table};

/// What the sample calls its street, its county and both in words.
const STREET_CODE: &str = "keyuan";
const COUNTY_CODE: &str = "zhangdian";
const QUARTER: &str = "张店区科苑街道";
/// Tables that are filled by other means, or not at all.
const NOT_COPIED: &[&str] = &[
    "authorities",
    "checklist_versions",
    "checklists",
    "criteria",
    "deliveries",
    "hazard_exports",
    "inspection_attachments",
    "inspections",
    "log_checkpoints",
    "log_entries",
    "log_head",
    "log_tiles",
    "log_tip_days",
    "log_tip_events",
    "loose_bytes",
    "notice_deliveries",
    "notices",
    "number_series",
    "policies",
    "replies",
    "self_check_versions",
    "self_checks",
    "service_keys",
    "standards",
    "subscriptions",
    "tip_photos",
    "tip_words",
    "tips",
    "upload_parts",
    "uploads",
    "__diesel_schema_migrations",
];

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// A database with the stories on it.
pub struct Reader<'a> {
    connection: &'a mut Connection,
    tables: Vec<Table>,
}

impl<'a> Reader<'a> {
    pub fn new(connection: &'a mut Connection) -> Result<Self, Trouble> {
        let mut tables = Vec::new();
        for name in TABLES {
            let columns = lines(
                connection,
                &format!("SELECT name AS line FROM pragma_table_info('{name}') ORDER BY cid"),
            )?;
            tables.push(Table {
                name,
                // The database counts the places of the outbox itself.
                columns: columns.into_iter().filter(|column| column != "position").collect(),
            });
        }
        let filled = lines(
            connection,
            "SELECT name AS line FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' \
             AND name NOT LIKE 'hazard_search_%'",
        )?;
        if let Some(unknown) = filled
            .iter()
            .find(|name| !TABLES.contains(&name.as_str()) && !NOT_COPIED.contains(&name.as_str()))
        {
            return Err(format!("nobody has said whether the table `{unknown}` is to be copied").into());
        }
        Ok(Self { connection, tables })
    }

    pub fn models(mut self) -> Result<Models, Trouble> {
        let mut units = Vec::new();
        let mut places = BTreeMap::new();
        for id in self.ids("SELECT hex(id) AS line FROM enterprises ORDER BY uscc")? {
            let name = lines(
                self.connection,
                &format!("SELECT name AS line FROM enterprises WHERE id = {}", literal(id)),
            )?
            .pop()
            .ok_or("a unit has no name")?;
            places.insert(id, units.len());
            units.push((name, self.unit(id)?));
        }
        let mut stories = Vec::new();
        for id in self.ids("SELECT hex(id) AS line FROM hazards ORDER BY number")? {
            stories.push(self.story(id, &places)?);
        }
        Ok(Models {
            stories,
            units,
            tables: self.tables,
        })
    }

    fn ids(&mut self, query: &str) -> Result<Vec<Uuid>, Trouble> {
        lines(self.connection, query)?
            .iter()
            .map(|hex| Uuid::try_parse(hex).map_err(Trouble::from))
            .collect()
    }

    fn unit(&mut self, id: Uuid) -> Result<Model, Trouble> {
        let row = self.one("enterprises", "id", id)?;
        let known = ordered(vec![
            (id.to_string(), Slot::UnitId),
            (text(&row, "uscc")?, Slot::Uscc),
            (text(&row, "name")?, Slot::UnitName),
            (text(&row, "area")?, Slot::Community),
        ]);
        let ids = Ids {
            unit: id,
            own: Vec::new(),
        };
        let mut model = Model {
            rows: self.rows(&[("enterprises", "id", id), ("outbox", "subject_id", id)], &known, &ids)?,
            chains: vec![self.chain(SubjectKind::Enterprise, id, &known, &ids, 0)?],
            ids: 0,
            merged_into: None,
            unit: 0,
            status: String::new(),
            searched: Default::default(),
            document: Pattern::default(),
            begun: 0,
            ended: 0,
        };
        model.begun = whole(&row, "created_at")?;
        model.ended = whole(&row, "updated_at")?;
        Ok(model)
    }

    fn story(&mut self, id: Uuid, units: &BTreeMap<Uuid, usize>) -> Result<Model, Trouble> {
        let row = self.one("hazards", "id", id)?;
        let unit = Uuid::try_parse(&text(&row, "enterprise_id")?)?;
        // In the order of citing: the ids themselves are another each time the stories are acted out.
        let evidence = self.ids(&format!(
            "SELECT hex(attachment_id) AS line FROM hazard_attachments WHERE hazard_id = {} \
             GROUP BY attachment_id ORDER BY min(rowid)",
            literal(id)
        ))?;
        let mut own = vec![id];
        own.extend(&evidence);
        let merged = text(&row, "merged_into").ok();
        let merged_into = merged.as_ref().map(|_| own.len());
        own.extend(merged.map(|hex| Uuid::try_parse(&hex)).transpose()?);
        let mut known: Vec<(String, Slot)> = vec![
            (unit.to_string(), Slot::UnitId),
            (text(&row, "uscc")?, Slot::Uscc),
            (text(&row, "area")?, Slot::Community),
            (text(&row, "number")?, Slot::Number),
        ];
        known.extend(
            own.iter()
                .enumerate()
                .map(|(place, id)| (id.to_string(), Slot::Id(place))),
        );
        let known = ordered(known);
        let ids = Ids { unit, own };
        let mut rows = Vec::new();
        let mut chains = vec![self.chain(SubjectKind::Hazard, id, &known, &ids, 0)?];
        for (place, piece) in (1..).zip(&evidence) {
            let stored = self.one("attachments", "id", *piece)?;
            let mut known = known.clone();
            known.push((text(&stored, "sha256")?.to_lowercase(), Slot::Digest(place)));
            let tables = [("attachments", "id", *piece), ("outbox", "subject_id", *piece)];
            let told = self.rows(&tables, &ordered(known.clone()), &ids)?;
            rows.extend(
                told.into_iter()
                    .map(|(table, cells)| (table, with_digest(cells, place))),
            );
            chains.push(self.chain(SubjectKind::Attachment, *piece, &ordered(known), &ids, place)?);
        }
        rows.extend(self.rows(
            &[
                ("hazards", "id", id),
                ("hazard_measures", "hazard_id", id),
                ("hazard_reopenings", "hazard_id", id),
                ("hazard_penalties", "hazard_id", id),
                ("hazard_criteria", "hazard_id", id),
                ("hazard_campaigns", "hazard_id", id),
                ("hazard_attachments", "hazard_id", id),
                ("hazard_search", "hazard_id", id),
                ("outbox", "subject_id", id),
            ],
            &known,
            &ids,
        )?);
        let document: Json = serde_json::from_str(&text(&row, "document")?)?;
        let member = |name: &str| {
            let text = document.get(name).and_then(Json::as_str).unwrap_or_default();
            Pattern::cut(text, &known)
        };
        Ok(Model {
            rows,
            chains,
            ids: ids.own.len(),
            merged_into,
            unit: units.get(&unit).copied().ok_or("a hazard has no unit")?,
            status: text(&row, "status")?,
            searched: [member("title"), member("description"), member("address")],
            document: Pattern::cut(&text(&row, "document")?, &known),
            begun: whole(&row, "reported_at")?,
            ended: whole(&row, "updated_at")?,
        })
    }

    /// The events of one thing, with what their hashes are made of.
    fn chain(
        &mut self,
        kind: SubjectKind,
        id: Uuid,
        known: &[(String, Slot)],
        ids: &Ids,
        place: usize,
    ) -> Result<Vec<ModelEvent>, Trouble> {
        let history = journal::history(self.connection, Subject { kind, id })?;
        let rows = self.rows(&[("events", "subject_id", id)], known, ids)?;
        if history.len() != rows.len() {
            return Err(format!("{id} has {} events and {} rows of them", history.len(), rows.len()).into());
        }
        history
            .iter()
            .zip(rows)
            .map(|(event, (_, cells))| {
                let envelope = envelope(event)?;
                if <[u8; 32]>::from(Sha256::digest(envelope.as_bytes())) != event.hash {
                    return Err("the hash of an event is made of something else than it was".into());
                }
                let mut known = known.to_vec();
                known.push((URL_SAFE_NO_PAD.encode(event.salt), Slot::Salt));
                known.extend(
                    event
                        .previous_hash
                        .map(|hash| (URL_SAFE_NO_PAD.encode(hash), Slot::Previous)),
                );
                Ok(ModelEvent {
                    cells: with_digest(cells, place),
                    envelope: Pattern::cut(&envelope, &ordered(known)),
                })
            })
            .collect()
    }

    fn rows(
        &mut self,
        tables: &[(&str, &str, Uuid)],
        known: &[(String, Slot)],
        ids: &Ids,
    ) -> Result<Vec<(usize, Vec<Cell>)>, Trouble> {
        let mut rows = Vec::new();
        for (name, key, id) in tables {
            for row in self.raw(name, key, *id)? {
                let place = TABLES
                    .iter()
                    .position(|table| table == name)
                    .ok_or("an unknown table")?;
                let table = self.tables.get(place).ok_or("an unknown table")?;
                let cells = table.columns.iter().zip(row);
                let cells: Result<_, _> = cells
                    .map(|(column, raw)| cell(name, column, &raw, known, ids))
                    .collect();
                rows.push((place, cells?));
            }
        }
        Ok(rows)
    }

    /// The only row of that id, by the names of its columns.
    fn one(&mut self, table: &str, key: &str, id: Uuid) -> Result<BTreeMap<String, Json>, Trouble> {
        let row = self.raw(table, key, id)?.pop().ok_or("a row is missing")?;
        let columns = self
            .tables
            .iter()
            .find(|known| known.name == table)
            .ok_or("an unknown table")?;
        Ok(columns
            .columns
            .iter()
            .cloned()
            .zip(row.into_iter().map(|(_, value)| value))
            .collect())
    }

    /// Rows as SQLite's type and value of each column.
    fn raw(&mut self, table: &str, key: &str, id: Uuid) -> Result<Vec<Vec<(String, Json)>>, Trouble> {
        let columns = &self
            .tables
            .iter()
            .find(|known| known.name == table)
            .ok_or("an unknown table")?
            .columns;
        let cells: Vec<String> = columns
            .iter()
            .map(|column| format!("json_array(typeof({column}), CASE typeof({column}) WHEN 'blob' THEN hex({column}) ELSE {column} END)"))
            .collect();
        let query = format!(
            "SELECT json_array({}) AS line FROM {table} WHERE {key} = {} ORDER BY rowid",
            cells.join(", "),
            literal(id)
        );
        lines(self.connection, &query)?
            .iter()
            .map(|line| serde_json::from_str(line).map_err(Trouble::from))
            .collect()
    }
}

/// What the hash of an event is made of: the published members as canonical JSON.
fn envelope(event: &Event) -> Result<String, Trouble> {
    Ok(serde_json_canonicalizer::to_string(&json!({
        "subject_kind": event.subject.kind,
        "subject_id": event.subject.id,
        "version": event.version,
        "action": event.action,
        "from": event.from,
        "to": event.to,
        "at": event.at,
        "actor": event.actor,
        "payload": event.payload,
        "salt": URL_SAFE_NO_PAD.encode(event.salt),
        "previous_hash": event.previous_hash.map(|hash| URL_SAFE_NO_PAD.encode(hash)),
    }))?)
}

/// Names of the sample with longer ones first, because one may be the beginning of another.
fn ordered(mut known: Vec<(String, Slot)>) -> Vec<(String, Slot)> {
    for (name, slot) in [
        (STREET_CODE, Slot::StreetCode),
        (COUNTY_CODE, Slot::CountyCode),
        (QUARTER, Slot::Quarter),
    ] {
        known.push((name.to_owned(), slot));
    }
    known.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    known
}

fn lines(connection: &mut Connection, query: &str) -> Result<Vec<String>, Trouble> {
    let lines: Vec<Line> = match connection {
        Connection::Sqlite(inner) => sql_query(query).load(inner)?,
        Connection::Postgres(inner) => sql_query(query).load(inner)?,
    };
    Ok(lines.into_iter().map(|line| line.line).collect())
}

fn literal(id: Uuid) -> String {
    format!("X'{}'", id.simple())
}

fn text(row: &BTreeMap<String, Json>, column: &str) -> Result<String, Trouble> {
    let value = row.get(column).and_then(Json::as_str);
    value
        .map(str::to_owned)
        .ok_or_else(|| format!("`{column}` is no text").into())
}

fn whole(row: &BTreeMap<String, Json>, column: &str) -> Result<i64, Trouble> {
    let value = row.get(column).and_then(Json::as_i64);
    value.ok_or_else(|| format!("`{column}` is no number").into())
}
