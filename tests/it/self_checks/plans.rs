//! The list of a quarter at a hundred thousand units: the engine walks an index, and answers what a plain query answers.

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl as _, sql_query};
use major_hazards::law::scope::{Areas, Scope};
use major_hazards::self_checks::{self, CheckState, Filter, SelfCheckStateView};
use major_hazards::store::Connection;
use major_hazards::values::Vocabulary as _;

use super::QUARTER;
use crate::support::database::Database;
use crate::support::fixtures::uscc;
use crate::support::on_both_databases;
use crate::support::plan::{fault_of_gathering, fault_of_walk};

const UNITS: u32 = 100_000;
/// Rows of a page.
const LIMIT: i64 = 50;

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// A moment in the words of the engine.
fn moment(connection: &Connection, text: &str) -> String {
    if connection.is_postgres() {
        format!("timestamptz '{text}'")
    } else {
        format!("(unixepoch('{text}') * 1000000)")
    }
}

/// Writes units behind the service's back: most have filed, one in a thousand late, one in a hundred not at all; one in
/// a hundred lies in another district.
fn write_units(connection: &mut Connection) {
    if connection.is_postgres() {
        // The service's own limit is meant for requests.
        connection
            .batch_execute("SET statement_timeout = 0")
            .expect("time is given");
    }
    connection
        .batch_execute("CREATE TEMPORARY TABLE numbers (n integer PRIMARY KEY, code text)")
        .expect("a table of numbers");
    let numbers: Vec<u32> = (1..=UNITS).collect();
    for some in numbers.chunks(5000) {
        let values: Vec<String> = some.iter().map(|n| format!("({n}, '{}')", uscc(*n))).collect();
        connection
            .batch_execute(&format!("INSERT INTO numbers VALUES {}", values.join(", ")))
            .expect("numbers are written");
    }
    let (id, check, place) = if connection.is_postgres() {
        (
            "md5(n::text)::uuid",
            "md5('check' || n)::uuid",
            "lpad((n % 37)::text, 3, '0')",
        )
    } else {
        (
            "unhex(printf('%08x%024x', n * 2654435761 % 4294967296, n))",
            "unhex(printf('ffff%08x%020x', n * 2654435761 % 4294967296, n))",
            "printf('%03d', n % 37)",
        )
    };
    let early = moment(connection, "2026-01-05 00:00:00Z");
    let in_time = moment(connection, "2026-12-31 15:59:59Z");
    let late = moment(connection, "2026-12-31 16:00:00Z");
    connection
        .batch_execute(&format!(
            "INSERT INTO enterprises (id, uscc, created_at, name, industry, area, address, principal_name, principal_phone, \
             version, updated_at) \
             SELECT {id}, code, {early}, '示例单位', CASE n % 500 WHEN 7 THEN 'F52' ELSE 'C26' END, \
             CASE n % 100 WHEN 3 THEN '370304001' ELSE '370303009' END || {place}, '示例路1号', '张某', '', 1, {early} \
             FROM numbers; \
             INSERT INTO self_checks (id, enterprise_id, quarter, filed_at, version) \
             SELECT {check}, {id}, '{QUARTER}', CASE n % 1000 WHEN 11 THEN {late} ELSE {in_time} END, 1 \
             FROM numbers WHERE n % 100 <> 5; \
             INSERT INTO self_check_versions (self_check_id, version, filed_at, performed_on, document) \
             SELECT id, 1, filed_at, '2026-11-02', '{{}}' FROM self_checks;"
        ))
        .expect("the units are written");
    if connection.is_postgres() {
        // What autovacuum does within a minute of such a load.
        connection
            .batch_execute("VACUUM enterprises, self_checks, self_check_versions")
            .expect("the rows are settled");
        // A sample of some of the rows would be another one each time, and with it now and then a plan.
        connection
            .batch_execute(
                "SET default_statistics_target = 1000; ANALYZE enterprises, self_checks, self_check_versions",
            )
            .expect("statistics are gathered");
    }
}

fn scope(areas: &[&str], industries: &[&str]) -> Scope {
    Scope {
        areas: if areas == ["*"] {
            Areas::All
        } else {
            Areas::Within(areas.iter().map(|area| area.parse().expect("a prefix")).collect())
        },
        industries: industries.iter().map(|one| one.parse().expect("a prefix")).collect(),
        unit: None,
    }
}

/// Codes of the first units of the list, by a plain query.
fn plainly(connection: &mut Connection, condition: &str) -> Vec<String> {
    let sql = format!(
        "SELECT e.uscc AS line FROM enterprises e LEFT JOIN self_checks s ON s.enterprise_id = e.id AND s.quarter = '{QUARTER}' \
         WHERE {condition} ORDER BY e.area, e.id LIMIT {LIMIT}"
    );
    let lines: Vec<Line> = sql_query(&sql)
        .load(connection)
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    lines.into_iter().map(|line| line.line).collect()
}

fn check(connection: &mut Connection) {
    let quarter = QUARTER.parse().expect("a quarter");
    let next = moment(connection, "2026-12-31 16:00:00Z");
    let states = [
        (vec![], "1 = 1".to_owned()),
        (vec![CheckState::Missing], "s.id IS NULL".to_owned()),
        (vec![CheckState::Late], format!("s.filed_at >= {next}")),
        (vec![CheckState::Filed], format!("s.filed_at < {next}")),
        (
            vec![CheckState::Missing, CheckState::Late],
            format!("(s.id IS NULL OR s.filed_at >= {next})"),
        ),
    ];
    let places: [(Scope, &[&str], &[&str], &str); 5] = [
        (scope(&["*"], &[]), &[], &[], "1 = 1"),
        (
            scope(&["370303"], &["C"]),
            &[],
            &[],
            "e.area LIKE '370303%' AND e.industry LIKE 'C%'",
        ),
        (
            scope(&["370304", "370303009012"], &[]),
            &[],
            &[],
            "(e.area LIKE '370304%' OR e.area = '370303009012')",
        ),
        (scope(&["*"], &[]), &[], &["F"], "e.industry LIKE 'F%'"),
        (
            scope(&["37"], &["F", "C"]),
            &["370304"],
            &["C26"],
            "e.area LIKE '370304%' AND e.industry LIKE 'C26%'",
        ),
    ];
    for (scope, area, industry, place) in &places {
        for (state, standing) in &states {
            let filter = Filter {
                quarter,
                state: state.clone(),
                area: area.iter().map(|one| one.parse().expect("a prefix")).collect(),
                industry: industry.iter().map(|one| one.parse().expect("a prefix")).collect(),
            };
            let asked = format!("{place} AND {standing}");
            let plans = self_checks::plans(connection, scope, &filter).expect("the engine plans");
            for walk in &plans.walks {
                assert_eq!(fault_of_walk(walk), None, "{asked}: {walk:#?}");
            }
            for gathering in &plans.gatherings {
                assert_eq!(fault_of_gathering(gathering), None, "{asked}: {gathering:#?}");
            }
            let found = self_checks::page(connection, scope, &filter, None, LIMIT).expect("a page");
            let rows: Vec<SelfCheckStateView> = found
                .into_iter()
                .map(|row| SelfCheckStateView::of(row, quarter))
                .collect();
            for row in &rows {
                assert!(
                    state.is_empty() || state.contains(&row.state),
                    "{asked}: {}",
                    row.state.code()
                );
            }
            let codes: Vec<String> = rows.iter().map(|row| row.enterprise.uscc.to_string()).collect();
            assert_eq!(codes, plainly(connection, &asked), "{asked}");
        }
    }
}

on_both_databases! {
    fn every_list_of_a_quarter_is_a_walk_along_an_index(database: Database) {
        let mut connection = database.parsed_url().connect().expect("a test's database is there");
        write_units(&mut connection);
        check(&mut connection);
    }
}
