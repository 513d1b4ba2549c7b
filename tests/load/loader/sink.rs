//! Writes batches of rows as fast as the engine takes them: many rows to a statement, indexes made afterwards.

use std::fmt::Write as _;

use diesel::connection::SimpleConnection as _;
use diesel::pg::Pg;
use diesel::query_builder::BoxedSqlQuery;
use diesel::sql_types::{Array, BigInt, Binary, Double, Nullable, Text};
use diesel::sqlite::Sqlite;
use diesel::{PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query};
use major_hazards::store::Connection;
use major_hazards::values::Instant;
use uuid::Uuid;

use super::Trouble;
use super::rows::{Batch, TABLES, Table, Value};

/// Parameters of one statement on SQLite, which allows 32,766.
const PARAMETERS: usize = 8_000;
/// Rows of one statement on PostgreSQL.
const ROWS: usize = 2_000;

/// A database that is being filled.
pub struct Sink {
    connection: Connection,
    tables: Vec<Table>,
    /// For PostgreSQL: the type of each column of each table.
    types: Vec<Vec<String>>,
    /// What makes the indexes again.
    indexes: Vec<String>,
}

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    definition: String,
}

impl Sink {
    /// Takes the indexes away and turns off what only protects a database that is in use.
    pub fn open(mut connection: Connection, tables: Vec<Table>) -> Result<Self, Trouble> {
        let mut types = Vec::new();
        let indexes = match &mut connection {
            Connection::Sqlite(inner) => {
                inner.batch_execute(
                    "PRAGMA journal_mode = DELETE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; \
                     PRAGMA foreign_keys = OFF; PRAGMA cache_size = -524288; PRAGMA temp_store = FILE;",
                )?;
                sql_query(format!(
                    "SELECT name, sql AS definition FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL \
                     AND tbl_name IN ({})",
                    quoted(TABLES)
                ))
                .load::<Named>(inner)?
            }
            Connection::Postgres(inner) => {
                inner.batch_execute(
                    "SET statement_timeout = 0; SET synchronous_commit = off; SET maintenance_work_mem = '512MB';",
                )?;
                // Only a superuser may leave the references unchecked; for others it takes longer.
                let _ = inner.batch_execute("SET session_replication_role = replica");
                for table in &tables {
                    types.push(column_types(inner, table)?);
                }
                sql_query(format!(
                    "SELECT indexname::text AS name, indexdef::text AS definition FROM pg_indexes \
                     WHERE schemaname = current_schema() AND tablename IN ({}) AND indexname NOT IN \
                     (SELECT conname FROM pg_constraint WHERE contype IN ('p', 'u', 'x'))",
                    quoted(TABLES)
                ))
                .load::<Named>(inner)?
            }
        };
        for index in &indexes {
            connection.batch_execute(&format!("DROP INDEX {}", index.name))?;
        }
        Ok(Self {
            connection,
            tables,
            types,
            indexes: indexes.into_iter().map(|index| index.definition).collect(),
        })
    }

    /// Writes a batch in one transaction.
    pub fn write(&mut self, batch: Batch) -> Result<(), Trouble> {
        self.connection.begin_write()?;
        for (place, values) in batch.values.into_iter().enumerate() {
            let table = self.tables.get(place).ok_or("an unknown table")?;
            match &mut self.connection {
                Connection::Sqlite(inner) => to_sqlite(inner, table, values)?,
                Connection::Postgres(inner) => {
                    to_postgres(inner, table, self.types.get(place).ok_or("an unknown table")?, values)?;
                }
            }
        }
        self.connection.commit()?;
        Ok(())
    }

    /// Sets the last number of each series.
    pub fn number<'a>(&mut self, series: impl Iterator<Item = (&'a str, i32, u64)>) -> Result<(), Trouble> {
        for (county, year, last) in series {
            self.connection.batch_execute(&format!(
                "INSERT INTO number_series (county, year, last) VALUES ('{county}', {year}, {last})"
            ))?;
        }
        Ok(())
    }

    /// Makes the indexes again, counts what the planner wants to know, and leaves the database as it is in service.
    pub fn finish(mut self) -> Result<Connection, Trouble> {
        for index in &self.indexes {
            self.connection.batch_execute(index)?;
        }
        let last: &[&str] = match &self.connection {
            Connection::Sqlite(_) => &[
                "ANALYZE",
                "PRAGMA synchronous = FULL",
                "PRAGMA foreign_keys = ON",
                "PRAGMA journal_mode = WAL",
            ],
            Connection::Postgres(_) => &[
                "VACUUM ANALYZE",
                "RESET session_replication_role",
                "RESET synchronous_commit",
            ],
        };
        for statement in last {
            self.connection.batch_execute(statement)?;
        }
        Ok(self.connection)
    }
}

fn column_types(connection: &mut PgConnection, table: &Table) -> Result<Vec<String>, Trouble> {
    let known: Vec<Named> = sql_query(format!(
        "SELECT column_name::text AS name, udt_name::text AS definition FROM information_schema.columns \
         WHERE table_schema = current_schema() AND table_name = '{}'",
        table.name
    ))
    .load(connection)?;
    table
        .columns
        .iter()
        .map(|column| {
            let found = known.iter().find(|known| known.name == *column);
            let kind = found.ok_or_else(|| format!("{}.{column} is not there", table.name))?;
            Ok(kind.definition.clone())
        })
        .collect()
}

fn to_sqlite(connection: &mut SqliteConnection, table: &Table, values: Vec<Value>) -> Result<(), Trouble> {
    let width = table.columns.len();
    let marks = format!("({})", vec!["?"; width].join(","));
    let begin = format!("INSERT INTO {} ({}) VALUES ", table.name, table.columns.join(","));
    for rows in values.chunks(PARAMETERS / width * width) {
        let marks = vec![marks.as_str(); rows.len() / width].join(",");
        let mut query: BoxedSqlQuery<'_, Sqlite, _> = sql_query(format!("{begin}{marks}")).into_boxed();
        for value in rows {
            query = match value {
                Value::Null => query.bind::<Nullable<Text>, _>(None::<&str>),
                Value::Integer(whole) => query.bind::<BigInt, _>(*whole),
                Value::Real(real) => query.bind::<Double, _>(*real),
                Value::Text(text) => query.bind::<Text, _>(text.as_str()),
                Value::Blob(bytes) => query.bind::<Binary, _>(bytes.as_slice()),
            };
        }
        query.execute(connection)?;
    }
    Ok(())
}

fn to_postgres(
    connection: &mut PgConnection,
    table: &Table,
    types: &[String],
    values: Vec<Value>,
) -> Result<(), Trouble> {
    let width = table.columns.len();
    let casts: Vec<String> = (1..)
        .zip(types)
        .map(|(place, kind)| format!("c{place}::{kind}"))
        .collect();
    let names: Vec<String> = (1..=width).map(|place| format!("c{place}")).collect();
    let arrays: Vec<String> = (1..=width).map(|place| format!("${place}")).collect();
    let text = format!(
        "INSERT INTO {} ({}) SELECT {} FROM unnest({}) AS given ({})",
        table.name,
        table.columns.join(","),
        casts.join(","),
        arrays.join(","),
        names.join(",")
    );
    let mut values = values.into_iter().peekable();
    while values.peek().is_some() {
        let mut columns: Vec<Vec<Option<String>>> = types.iter().map(|_| Vec::with_capacity(ROWS)).collect();
        for _ in 0..ROWS {
            if values.peek().is_none() {
                break;
            }
            for ((column, kind), value) in columns.iter_mut().zip(types).zip(values.by_ref()) {
                column.push(written(value, kind)?);
            }
        }
        let mut query: BoxedSqlQuery<'_, Pg, _> = sql_query(text.clone()).into_boxed();
        for column in columns {
            query = query.bind::<Array<Nullable<Text>>, _>(column);
        }
        query.execute(connection)?;
    }
    Ok(())
}

/// A value as PostgreSQL reads it from text.
fn written(value: Value, kind: &str) -> Result<Option<String>, Trouble> {
    Ok(Some(match (value, kind) {
        (Value::Null, _) => return Ok(None),
        (Value::Integer(micros), "timestamptz") => Instant::from_micros(micros)
            .ok_or("a moment lies outside the calendar")?
            .to_string(),
        (Value::Integer(whole), _) => whole.to_string(),
        (Value::Real(real), _) => real.to_string(),
        (Value::Text(text), _) => text,
        (Value::Blob(bytes), "uuid") => Uuid::from_slice(&bytes)?.to_string(),
        (Value::Blob(bytes), _) => {
            let mut text = String::with_capacity(2 + 2 * bytes.len());
            text.push_str("\\x");
            for byte in bytes {
                write!(text, "{byte:02x}")?;
            }
            text
        }
    }))
}

fn quoted(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    quoted.join(", ")
}
