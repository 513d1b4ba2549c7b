//! Both databases show the same tables, and both are what `src/store/schema.rs` says.
//!
//! Compared are tables, columns in their order with kind and nullability, primary and unique keys, foreign keys,
//! indexes, and the named CHECK constraints.

use std::collections::{BTreeMap, BTreeSet};

use diesel::sql_types::Text;
use diesel::{PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query};
use major_hazards::store::Connection;

use crate::support::database::{Database, Engine};
use crate::support::not_run;
use crate::support::source::{SourceFile, files, is_identifier};

/// Differs on purpose: a full-text table of SQLite, a table with a text-search index on PostgreSQL. Both engines show
/// its columns; neither kinds, keys nor indexes are alike.
const DIFFERENT: &str = "hazard_search";

/// A table as both engines can describe it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Table {
    /// Name, kind in the words of SQLite, and `null` or `not null`.
    columns: Vec<String>,
    primary_key: Vec<String>,
    /// Columns of every unique key but the primary one.
    unique_keys: BTreeSet<String>,
    /// Column, table and column that it points to.
    foreign_keys: BTreeSet<String>,
    /// Name and columns of each index that somebody named.
    indexes: BTreeSet<String>,
    /// Names of CHECK constraints.
    checks: BTreeSet<String>,
}

type Tables = BTreeMap<String, Table>;

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

#[test]
fn sqlite_is_what_the_program_thinks() {
    let database = Database::migrated(Engine::Sqlite).expect("SQLite is always there");
    let mut actual = sqlite(&mut connection_of(&database));
    let mut expected = described();
    actual.remove(DIFFERENT);
    expected.remove(DIFFERENT);
    assert_eq!(
        names(&actual),
        names(&expected),
        "tables of SQLite and of src/store/schema.rs"
    );
    for (name, table) in &expected {
        assert_eq!(
            actual[name].columns, table.columns,
            "columns of `{name}` in SQLite and in src/store/schema.rs"
        );
        assert_eq!(actual[name].primary_key, table.primary_key, "primary key of `{name}`");
    }
}

#[test]
fn both_engines_show_the_same() {
    let database = match Database::migrated(Engine::Postgres) {
        Ok(database) => database,
        Err(reason) => return not_run("schema_parity::both_engines_show_the_same", reason),
    };
    let on_postgres = postgres(&mut connection_of(&database));
    let database = Database::migrated(Engine::Sqlite).expect("SQLite is always there");
    let on_sqlite = sqlite(&mut connection_of(&database));
    assert_eq!(
        names(&on_postgres),
        names(&on_sqlite),
        "tables of PostgreSQL and of SQLite"
    );
    for (name, table) in &on_postgres {
        if name == DIFFERENT {
            let columns = |table: &Table| -> Vec<String> {
                table
                    .columns
                    .iter()
                    .filter_map(|column| column.split(' ').next())
                    .map(str::to_owned)
                    .collect()
            };
            assert_eq!(columns(table), columns(&on_sqlite[name]), "columns of `{name}`");
        } else {
            assert_eq!(
                table, &on_sqlite[name],
                "`{name}` on PostgreSQL (left) and on SQLite (right)"
            );
        }
    }
}

#[test]
fn both_trees_have_the_same_steps() {
    let steps = |tree: &str| -> BTreeSet<String> {
        let folder = crate::support::source::root().join("migrations").join(tree);
        let entries = std::fs::read_dir(folder).expect("the migrations are there");
        entries
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect()
    };
    assert_eq!(steps("sqlite"), steps("postgres"));
}

fn connection_of(database: &Database) -> Connection {
    database.parsed_url().connect().expect("a test's database is there")
}

fn names(tables: &Tables) -> Vec<&String> {
    tables.keys().collect()
}

/// What `src/store/schema.rs` and the files below it say.
fn described() -> Tables {
    let described = |file: &SourceFile| file.path.starts_with("src/store/schema");
    let mut tables = Tables::new();
    for schema in files("src/store").into_iter().filter(described) {
        for at in 0..schema.words.len() {
            if schema.text(at) == "table" && schema.text(at + 1) == "!" {
                let (name, table) = described_table(&schema, at + 3);
                tables.insert(name, table);
            }
        }
    }
    tables
}

/// `name (key, …) { column -> Kind, … }`.
fn described_table(schema: &SourceFile, mut at: usize) -> (String, Table) {
    let name = schema.text(at).to_owned();
    let mut table = Table::default();
    at += 2;
    while schema.text(at) != ")" {
        if is_identifier(schema.text(at)) {
            table.primary_key.push(schema.text(at).to_owned());
        }
        at += 1;
    }
    at += 2;
    while schema.text(at) != "}" {
        let column = schema.text(at).to_owned();
        at += 3;
        let mut words = Vec::new();
        while schema.text(at) != "," {
            words.push(schema.text(at));
            at += 1;
        }
        at += 1;
        let null = if words.contains(&"Nullable") {
            "null"
        } else {
            "not null"
        };
        let kind = words
            .iter()
            .rfind(|word| is_identifier(word))
            .expect("a column has a kind");
        let kind = match *kind {
            "UuidColumn" | "Binary" => "BLOB",
            "InstantColumn" | "BigInt" | "Bool" => "INTEGER",
            "Text" | "Date" => "TEXT",
            "Double" => "REAL",
            other => panic!("`{other}` of `{name}.{column}`: say here what it is on each engine"),
        };
        table.columns.push(format!("{column} {kind} {null}"));
    }
    (name, table)
}

fn sqlite(connection: &mut Connection) -> Tables {
    let Connection::Sqlite(connection) = connection else {
        panic!("not SQLite");
    };
    let mut tables = Tables::new();
    let named = lines_of_sqlite(
        connection,
        "SELECT name AS line FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' \
         AND name NOT LIKE 'hazard_search_%' AND name NOT LIKE '__diesel%'",
    );
    for name in named {
        let mut lines = |sql: &str| lines_of_sqlite(connection, &sql.replace("{t}", &name));
        let table = Table {
            columns: lines(
                "SELECT name || ' ' || type || iif(\"notnull\" OR pk AND type = 'INTEGER', ' not null', ' null') AS line \
                 FROM pragma_table_info('{t}') ORDER BY cid",
            ),
            primary_key: lines("SELECT name AS line FROM pragma_table_info('{t}') WHERE pk > 0 ORDER BY pk"),
            unique_keys: lines(
                "SELECT (SELECT group_concat(name) FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno)) AS line \
                 FROM pragma_index_list('{t}') i WHERE i.\"unique\" AND i.origin <> 'pk'",
            )
            .into_iter()
            .collect(),
            foreign_keys: lines("SELECT \"from\" || ' to ' || \"table\" || '.' || \"to\" AS line FROM pragma_foreign_key_list('{t}')")
                .into_iter()
                .collect(),
            indexes: lines(
                "SELECT i.name || ': ' || (SELECT group_concat(name) FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno)) \
                 AS line FROM pragma_index_list('{t}') i WHERE i.origin = 'c'",
            )
            .into_iter()
            .collect(),
            checks: lines("SELECT coalesce(sql, '') AS line FROM sqlite_schema WHERE type = 'table' AND name = '{t}'")
                .iter()
                .flat_map(|sql| named_checks(sql))
                .collect(),
        };
        tables.insert(name, table);
    }
    tables
}

/// SQLite keeps the names of CHECK constraints only in the text of the table.
fn named_checks(sql: &str) -> Vec<String> {
    let words: Vec<&str> = sql.split_whitespace().collect();
    words
        .windows(3)
        .filter(|three| three[0] == "CONSTRAINT" && three[2].starts_with("CHECK"))
        .map(|three| three[1].to_owned())
        .collect()
}

fn postgres(connection: &mut Connection) -> Tables {
    let Connection::Postgres(connection) = connection else {
        panic!("not PostgreSQL");
    };
    let named = lines_of_postgres(
        connection,
        "SELECT table_name::text AS line FROM information_schema.tables WHERE table_schema = 'public' \
         AND table_name NOT LIKE '\\_\\_diesel%'",
    );
    let mut tables = Tables::new();
    for name in named {
        let mut lines = |sql: &str| lines_of_postgres(connection, &sql.replace("{t}", &name));
        let table = Table {
            columns: lines(
                "SELECT column_name || ' ' || CASE data_type WHEN 'uuid' THEN 'BLOB' WHEN 'bytea' THEN 'BLOB' \
                 WHEN 'bigint' THEN 'INTEGER' WHEN 'boolean' THEN 'INTEGER' WHEN 'timestamp with time zone' THEN 'INTEGER' \
                 WHEN 'text' THEN 'TEXT' WHEN 'date' THEN 'TEXT' WHEN 'double precision' THEN 'REAL' ELSE data_type END \
                 || CASE is_nullable WHEN 'YES' THEN ' null' ELSE ' not null' END AS line \
                 FROM information_schema.columns WHERE table_schema = 'public' AND table_name = '{t}' ORDER BY ordinal_position",
            ),
            primary_key: lines(
                "SELECT a.attname::text AS line FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY k (attnum, place) \
                 JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum \
                 WHERE i.indrelid = '{t}'::regclass AND i.indisprimary ORDER BY k.place",
            ),
            unique_keys: lines(
                "SELECT (SELECT string_agg(a.attname, ',' ORDER BY k.place) FROM unnest(i.indkey) WITH ORDINALITY k (attnum, place) \
                 JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum) AS line \
                 FROM pg_index i WHERE i.indrelid = '{t}'::regclass AND i.indisunique AND NOT i.indisprimary",
            )
            .into_iter()
            .collect(),
            foreign_keys: lines(
                "SELECT a.attname || ' to ' || c.confrelid::regclass || '.' || b.attname AS line FROM pg_constraint c \
                 JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] \
                 JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = c.confkey[1] \
                 WHERE c.conrelid = '{t}'::regclass AND c.contype = 'f'",
            )
            .into_iter()
            .collect(),
            // What stands behind a key is no index of its own.
            indexes: lines(
                "SELECT i.indexrelid::regclass || ': ' || coalesce((SELECT string_agg(a.attname, ',' ORDER BY k.place) \
                 FROM unnest(i.indkey) WITH ORDINALITY k (attnum, place) \
                 JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum), '') AS line \
                 FROM pg_index i WHERE i.indrelid = '{t}'::regclass \
                 AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u'))",
            )
            .into_iter()
            .collect(),
            // PostgreSQL names the others itself, after the table and its columns.
            checks: lines(
                "SELECT conname::text AS line FROM pg_constraint WHERE conrelid = '{t}'::regclass AND contype = 'c' \
                 AND conname !~ '_check[0-9]*$'",
            )
            .into_iter()
            .collect(),
        };
        tables.insert(name, table);
    }
    tables
}

fn lines_of_sqlite(connection: &mut SqliteConnection, sql: &str) -> Vec<String> {
    let found: Vec<Line> = sql_query(sql)
        .load(connection)
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    found.into_iter().map(|line| line.line).collect()
}

fn lines_of_postgres(connection: &mut PgConnection, sql: &str) -> Vec<String> {
    let found: Vec<Line> = sql_query(sql)
        .load(connection)
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    found.into_iter().map(|line| line.line).collect()
}
