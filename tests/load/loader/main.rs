//! Fills an empty, migrated database with hazards and their histories, as if a city had worked with the service for
//! years. What it writes is a function of the seed. See `tests/load/README.md`.

mod cells;
mod check;
mod copies;
mod model;
mod pattern;
mod places;
mod random;
mod reader;
mod rows;
mod sink;

use std::error::Error;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc::sync_channel;
use std::time::Instant as Moment;

use clap::Parser;
use diesel::{QueryDsl as _, RunQueryDsl as _};
use major_hazards::standards;
use major_hazards::store::schema::hazards as ledger;
use major_hazards::store::{Connection, DatabaseUrl, StoreError, migrate};
use major_hazards::values::{Clock, Day, HazardId};

use copies::{Copier, Wanted};
use model::Models;
use random::Random;
use sink::Sink;

/// Whatever went wrong.
type Trouble = Box<dyn Error + Send + Sync>;

/// Hazards of one transaction.
const BATCH: u64 = 2_000;
/// The first day of the years of which the policy knows the holidays.
const FROM: &str = "2024-01-02";

/// Fills an empty database with hazards
#[derive(Debug, Parser)]
struct Options {
    /// `sqlite://path` or `postgres://…`; migrated when it is not
    database: String,
    /// How many hazards; none to look at what is there
    #[arg(long, default_value_t = 0)]
    hazards: u64,
    /// What chance is drawn from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The day before which everything has happened; today when absent
    #[arg(long)]
    until: Option<String>,
    /// How many hazards are checked at the end
    #[arg(long, default_value_t = 200)]
    check: usize,
    /// A file for ids of hazards drawn from all over the ledger, one a line
    #[arg(long)]
    ids: Option<PathBuf>,
    /// How many ids
    #[arg(long, default_value_t = 20_000)]
    ids_count: usize,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            tell(&format!("error: {trouble}"));
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Trouble> {
    let url = DatabaseUrl::parse(&options.database)?;
    let mut connection = url.connect()?;
    migrate::apply(&mut connection)?;
    if options.hazards > 0 {
        connection = fill(connection, options)?;
    }
    let mut ids: Vec<HazardId> = ledger::table.select(ledger::id).load(&mut connection)?;
    ids.sort();
    Random::new(options.seed).shuffle(&mut ids);
    if let Some(path) = &options.ids {
        let lines: Vec<String> = ids.iter().take(options.ids_count).map(ToString::to_string).collect();
        std::fs::write(path, lines.join("\n") + "\n")?;
    }
    let drawn = ids.get(..options.check.min(ids.len())).unwrap_or_default();
    let events = check::check(&mut connection, drawn)?;
    tell(&format!(
        "checked {} of {} hazards and {events} events",
        drawn.len(),
        ids.len()
    ));
    Ok(())
}

fn fill(mut connection: Connection, options: &Options) -> Result<Connection, Trouble> {
    let there: i64 = ledger::table.count().get_result(&mut connection)?;
    if there > 0 {
        return Err(format!("the database holds {there} hazards; give an empty one").into());
    }
    let begun = Moment::now();
    let clock = Clock::system();
    let from: Day = FROM.parse().map_err(|_| "the first day is no day")?;
    let until: Day = match &options.until {
        Some(day) => day
            .parse()
            .map_err(|_| format!("`{day}` is no day; write 2026-11-01"))?,
        None => clock.now().day(),
    };
    let wanted = Wanted {
        hazards: options.hazards,
        seed: options.seed,
        from,
        until,
    };
    connection.begin_write()?;
    standards::ensure_catalogue(&mut connection, &clock).map_err(|failure| format!("the catalogue: {failure:?}"))?;
    connection.commit().map_err(StoreError::from)?;
    let authorities = places::register(&mut connection, from.start(), &mut Random::new(options.seed))?;
    let folder = tempfile::tempdir()?;
    let models = Models::read(folder.path())?;
    tell(&format!(
        "{authorities} authorities, {} model stories",
        models.stories.len()
    ));

    let mut sink = Sink::open(connection, models.tables.clone())?;
    let (ready, batches) = sync_channel(2);
    // One thread draws what the other writes.
    let drawing = std::thread::spawn(move || -> Result<Copier, Trouble> {
        let mut copier = Copier::new(wanted, models)?;
        ready.send(copier.units()?)?;
        loop {
            let batch = copier.hazards(BATCH)?;
            if batch.hazards == 0 {
                return Ok(copier);
            }
            ready.send(batch)?;
        }
    });
    let mut written = 0;
    let mut told = 0;
    for batch in batches {
        written += batch.hazards;
        sink.write(batch)?;
        if written - told >= options.hazards.div_ceil(10) {
            told = written;
            tell(&format!("{written} hazards after {:.0?}", begun.elapsed()));
        }
    }
    let copier = drawing.join().map_err(|_| "the drawing thread broke off")??;
    sink.number(copier.series())?;
    tell(&format!("indexes after {:.0?}", begun.elapsed()));
    let connection = sink.finish()?;
    tell(&format!("loaded {written} hazards in {:.0?}", begun.elapsed()));
    Ok(connection)
}

fn tell(line: &str) {
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(std::io::stderr(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    use diesel::connection::SimpleConnection as _;

    fn loaded(folder: &std::path::Path) -> Options {
        let options = Options {
            database: format!("sqlite://{}", folder.join("ledger.db").display()),
            hazards: 300,
            seed: 7,
            until: Some("2026-11-01".to_owned()),
            check: 300,
            ids: Some(folder.join("ids")),
            ids_count: 50,
        };
        run(&options).unwrap();
        options
    }

    #[test]
    fn a_loaded_ledger_passes_its_own_check_and_a_changed_one_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let options = Options {
            hazards: 0,
            ..loaded(folder.path())
        };
        run(&options).unwrap();
        let ids = std::fs::read_to_string(folder.path().join("ids")).unwrap();
        assert_eq!(ids.lines().count(), 50);
        let url = DatabaseUrl::parse(&options.database).unwrap();
        let changes = [
            "UPDATE hazards SET next_due_on = '2027-01-04' WHERE status = 'rectifying'",
            "UPDATE hazards SET document = replace(document, '\"reopened\":0', '\"reopened\":1')",
            "UPDATE hazards SET area = '370303009999'",
            "DROP TRIGGER events_refuse_update; UPDATE events SET hash = randomblob(32) WHERE version = 2",
            "UPDATE hazard_measures SET confirmed_at = confirmed_at + 1",
            "UPDATE hazard_search SET tokens = 'x'",
            "DELETE FROM hazard_criteria",
            "DELETE FROM hazard_attachments",
        ];
        for change in changes {
            let mut connection = url.connect().unwrap();
            connection.begin_write().unwrap();
            connection.batch_execute(change).unwrap();
            let mut ids: Vec<HazardId> = ledger::table.select(ledger::id).load(&mut connection).unwrap();
            ids.sort();
            assert!(
                check::check(&mut connection, &ids).is_err(),
                "nothing was said about: {change}"
            );
            connection.roll_back().unwrap();
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_histories() {
        use diesel::ExpressionMethods as _;
        use major_hazards::store::schema::events;

        let hashes = || -> Vec<Vec<u8>> {
            let folder = tempfile::tempdir().unwrap();
            let options = loaded(folder.path());
            let mut connection = DatabaseUrl::parse(&options.database).unwrap().connect().unwrap();
            // The catalogue is put on record by the clock of the machine.
            let copied = events::table.filter(events::subject_kind.ne("standard"));
            let hashes = copied.select(events::hash).order(events::hash);
            hashes.load(&mut connection).unwrap()
        };
        let first = hashes();
        assert!(first.len() > 2000);
        assert_eq!(first, hashes());
    }

    #[test]
    fn a_ledger_that_holds_hazards_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let options = loaded(folder.path());
        let refused = run(&options).unwrap_err().to_string();
        assert!(refused.contains("holds 300 hazards"), "{refused}");
    }
}
