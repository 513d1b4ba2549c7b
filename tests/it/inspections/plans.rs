//! The list at a hundred thousand inspections: the engine walks an index, and answers what a plain query answers.

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl as _, sql_query};
use major_hazards::inspections::{self, Filter, Sort};
use major_hazards::law::scope::{Areas, Scope};
use major_hazards::store::Connection;

use crate::support::database::Database;
use crate::support::fixtures::uscc;
use crate::support::on_both_databases;
use crate::support::plan::{fault_of_gathering, fault_of_walk};

const INSPECTIONS: u32 = 100_000;
const UNITS: u32 = 500;
/// Rows of a page.
const LIMIT: i64 = 50;
const SUMMARY: &str = r#"{"inspectors":[{"name":"赵一","certificate_number":null}],"started_at":"2026-11-09T07:10:00+08:00","finished_at":"2026-11-09T08:30:00+08:00","passed":1,"failed":1,"not_applicable":0,"hazards":0}"#;

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// Expressions of the engine for the ids and moments of the rows.
struct Words {
    unit: &'static str,
    list: &'static str,
    inspection: &'static str,
    slot: &'static str,
    digest: &'static str,
    came: &'static str,
    shown: &'static str,
}

fn words(connection: &Connection) -> Words {
    if connection.is_postgres() {
        Words {
            unit: "md5('unit' || (n % 500))::uuid",
            list: "md5('list')::uuid",
            inspection: "md5('inspection' || n)::uuid",
            slot: "md5('slot' || n)::uuid",
            digest: "sha256(n::text::bytea)",
            came: "timestamptz '2026-01-05 00:00:00Z' + (n / 2) * interval '1 minute'",
            shown: "replace(id::text, '-', '')",
        }
    } else {
        Words {
            unit: "unhex(printf('aaaa%028x', n % 500))",
            list: "unhex(printf('bbbb%028x', 0))",
            inspection: "unhex(printf('%08x%024x', n * 2654435761 % 4294967296, n))",
            slot: "unhex(printf('cccc%028x', n))",
            digest: "unhex(printf('%064x', n))",
            came: "(unixepoch('2026-01-05 00:00:00Z') + (n / 2) * 60) * 1000000",
            shown: "lower(hex(id))",
        }
    }
}

/// Writes inspections behind the service's back: one in a hundred lies in another district, one in five hundred is of
/// another industry, and of every thousandth the evidence is still to come.
fn write_inspections(connection: &mut Connection) {
    if connection.is_postgres() {
        // The service's own limit is meant for requests.
        connection
            .batch_execute("SET statement_timeout = 0")
            .expect("time is given");
    }
    connection
        .batch_execute("CREATE TEMPORARY TABLE numbers (n integer PRIMARY KEY, code text)")
        .expect("a table of numbers");
    let numbers: Vec<u32> = (0..INSPECTIONS).collect();
    for some in numbers.chunks(5000) {
        let values: Vec<String> = some.iter().map(|n| format!("({n}, '{}')", uscc(*n))).collect();
        connection
            .batch_execute(&format!("INSERT INTO numbers VALUES {}", values.join(", ")))
            .expect("numbers are written");
    }
    let Words {
        unit,
        list,
        inspection,
        slot,
        digest,
        came,
        ..
    } = words(connection);
    let area = "CASE n % 100 WHEN 3 THEN '370304001001' ELSE '370303009001' END";
    let industry = "CASE n % 500 WHEN 7 THEN 'F52' ELSE 'C26' END";
    connection
        .batch_execute(&format!(
            "INSERT INTO enterprises (id, uscc, created_at, name, industry, area, address, principal_name, principal_phone, \
             version, updated_at) SELECT {unit}, code, {came}, '示例单位', {industry}, {area}, '示例路1号', '张某', '', 1, {came} \
             FROM numbers WHERE n < {UNITS}; \
             INSERT INTO checklists (id, code, kind, created_at, industries, version) \
             SELECT {list}, 'L-1', 'enforcement', {came}, '[]', 1 FROM numbers WHERE n = 0; \
             INSERT INTO inspections (id, enterprise_id, uscc, area, industry, checklist_id, checklist_version, sent_by, \
             received_at, started_at, finished_at, summary, document) \
             SELECT {inspection}, {unit}, code, {area}, {industry}, {list}, 1, 'inspector-' || (n % 100), \
             {came}, {came}, {came}, '{SUMMARY}', '{{}}' FROM numbers; \
             INSERT INTO attachments (id, sha256, size, media_type, uploaded_by, created_at, state) \
             SELECT {slot}, {digest}, 1, 'image/png', 'inspector-1', {came}, \
             CASE n % 1000 WHEN 11 THEN 'declared' ELSE 'verified' END FROM numbers; \
             INSERT INTO inspection_attachments (attachment_id, inspection_id) SELECT {slot}, {inspection} FROM numbers;"
        ))
        .expect("the inspections are written");
    if connection.is_postgres() {
        // What autovacuum does within a minute of such a load.
        connection
            .batch_execute("VACUUM enterprises, inspections, attachments, inspection_attachments")
            .expect("the rows are settled");
        // A sample of some of the rows would be another one each time, and with it now and then a plan.
        connection
            .batch_execute("SET default_statistics_target = 1000; ANALYZE enterprises, inspections, attachments, inspection_attachments")
            .expect("statistics are gathered");
    }
}

/// Ids of the first inspections of the list, by a plain query.
fn plainly(connection: &mut Connection, condition: &str, order: &str) -> Vec<String> {
    let shown = words(connection).shown;
    let sql = format!(
        "SELECT {shown} AS line FROM inspections WHERE {condition} ORDER BY received_at {order}, id {order} LIMIT {LIMIT}"
    );
    let lines: Vec<Line> = sql_query(&sql)
        .load(connection)
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    lines.into_iter().map(|line| line.line).collect()
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

fn check(connection: &mut Connection) {
    let waits = "EXISTS (SELECT 1 FROM inspection_attachments i JOIN attachments a ON a.id = i.attachment_id \
                 WHERE i.inspection_id = inspections.id AND a.state <> 'verified')";
    let places = [
        (scope(&["*"], &[]), "1 = 1"),
        (scope(&["370303"], &["C"]), "area LIKE '370303%' AND industry LIKE 'C%'"),
        (scope(&["370304"], &[]), "area LIKE '370304%'"),
        (scope(&["37"], &["F"]), "industry LIKE 'F%'"),
    ];
    let filters = [
        (Filter::default(), "1 = 1".to_owned()),
        (
            Filter {
                complete: Some(true),
                ..Filter::default()
            },
            format!("NOT {waits}"),
        ),
        (
            Filter {
                complete: Some(false),
                ..Filter::default()
            },
            waits.to_owned(),
        ),
        (
            Filter {
                inspector: vec!["inspector-7".parse().expect("a subject")],
                ..Filter::default()
            },
            "sent_by = 'inspector-7'".to_owned(),
        ),
        (
            Filter {
                area: vec!["370303009".parse().expect("a prefix")],
                industry: vec!["C26".parse().expect("a prefix")],
                ..Filter::default()
            },
            "area LIKE '370303009%' AND industry LIKE 'C26%'".to_owned(),
        ),
    ];
    for (scope, place) in &places {
        for (filter, wanted) in &filters {
            for (sort, order) in [(Sort::ReceivedAt, "ASC"), (Sort::ReceivedAtDown, "DESC")] {
                let asked = format!("{place} AND {wanted}");
                let plans = inspections::plans(connection, scope, filter, sort).expect("the engine plans");
                let fault = if plans.gathers {
                    fault_of_gathering(&plans.steps)
                } else {
                    fault_of_walk(&plans.steps)
                };
                assert_eq!(fault, None, "{asked}: {:#?}", plans.steps);
                let found = inspections::page(connection, scope, filter, sort, None, LIMIT).expect("a page");
                let ids: Vec<String> = found.iter().map(|row| row.id.uuid().simple().to_string()).collect();
                assert_eq!(ids, plainly(connection, &asked, order), "{asked}");
            }
        }
    }
}

on_both_databases! {
    fn every_list_is_a_walk_along_an_index(database: Database) {
        let mut connection = database.parsed_url().connect().expect("a test's database is there");
        write_inspections(&mut connection);
        check(&mut connection);
    }
}
