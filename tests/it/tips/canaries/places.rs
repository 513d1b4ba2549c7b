//! Every place in which the service leaves bytes.

use std::path::Path;

use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl as _, sql_query};
use major_hazards::store::Connection;

use crate::support::app::App;
use crate::support::database::Database;

/// The files of the service (the SQLite database with its log, objects, keys, its own log, temporary files) and, of a
/// database that lies elsewhere, every row of every table as text, in which bytes are digits. Each with its name.
pub(super) fn all(database: &Database, app: &App) -> Vec<(String, Vec<u8>)> {
    let mut places = Vec::new();
    files(database.folder(), &mut places);
    if let Connection::Postgres(_) = app.connect() {
        places.extend(tables(&mut app.connect()));
    } else {
        let is_database = |place: &(String, Vec<u8>)| place.0.ends_with("hazards.db-wal");
        assert!(
            places.iter().any(is_database),
            "the log of the database is read as well"
        );
    }
    places
}

fn files(folder: &Path, places: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the test") {
        let path = entry.expect("a folder is read").path();
        if path.is_dir() {
            files(&path, places);
        } else {
            places.push((
                path.display().to_string(),
                std::fs::read(&path).expect("a file is read"),
            ));
        }
    }
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

fn tables(connection: &mut Connection) -> Vec<(String, Vec<u8>)> {
    let Connection::Postgres(connection) = connection else {
        return Vec::new();
    };
    let mut lines = |query: String| -> Vec<String> {
        let found: Vec<Line> = sql_query(query).load(connection).expect("a table is read");
        found.into_iter().map(|line| line.line).collect()
    };
    let names =
        lines("SELECT tablename::text AS line FROM pg_tables WHERE schemaname = 'public' ORDER BY 1".to_owned());
    assert!(names.iter().any(|name| name == "tips"), "{names:?}");
    names
        .into_iter()
        .map(|name| {
            let rows = lines(format!("SELECT one::text AS line FROM \"{name}\" one"));
            (format!("table {name}"), rows.join("\n").into_bytes())
        })
        .collect()
}
