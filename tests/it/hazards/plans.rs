//! Every filter with every sort at a hundred thousand hazards: the engine walks an index, finds what is rare by an
//! index of its own, and answers what a plain query answers.

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl as _, sql_query};
use major_hazards::hazards::{self, Filter, Sort};
use major_hazards::law::lifecycle::{OrderKind, Production, Source, State};
use major_hazards::law::scope::{Areas, Level, Scope};
use major_hazards::store::{Connection, StoreError};
use major_hazards::values::{Day, Vocabulary as _};

use crate::support::app::App;
use crate::support::fixtures::Unit;
use crate::support::on_both;
use crate::support::plan::{fault_of_gathering, fault_of_walk};

/// Copies of one hazard. Most are closed, and the newest are reported only, so that a status is met at one end of an
/// order; one in a thousand has each of the rare values.
const COPIES: u32 = 100_000;

/// Rows of a page.
const LIMIT: i64 = 50;

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

fn lines(connection: &mut Connection, sql: &str) -> Vec<String> {
    let lines: Vec<Line> = sql_query(sql)
        .load(connection)
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    lines.into_iter().map(|line| line.line).collect()
}

/// What the engines write in words of their own.
struct Dialect {
    numbers: String,
    id: &'static str,
    text_of_id: &'static str,
    day: &'static str,
    moment: &'static str,
}

fn dialect(connection: &Connection) -> Dialect {
    if connection.is_postgres() {
        Dialect {
            numbers: format!("generate_series(1, {COPIES}) AS numbers (n)"),
            id: "md5(n::text)::uuid",
            text_of_id: "md5(n::text)::uuid::text",
            day: "(DATE '2026-01-01' + (n * 7 % 700)::int)",
            moment: "(seed.reported_at + make_interval(secs => n * 60))",
        }
    } else {
        Dialect {
            numbers: format!(
                "(WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {COPIES}) \
                 SELECT n FROM counted) AS numbers"
            ),
            id: "unhex(printf('%08x%024x', n * 2654435761 % 4294967296, n))",
            text_of_id: "printf('%08x-0000-0000-0000-%012x', n * 2654435761 % 4294967296, n)",
            day: "date('2026-01-01', '+' || (n * 7 % 700) || ' days')",
            moment: "(seed.reported_at + n * 60000000)",
        }
    }
}

/// Writes the copies, behind the service's back.
fn copy(connection: &mut Connection, seed: &str, one: &Unit, other: &Unit) {
    let Dialect {
        numbers,
        id,
        text_of_id,
        day,
        moment,
    } = dialect(connection);
    let number = if connection.is_postgres() {
        "'370303-2001-' || lpad(n::text, 6, '0')"
    } else {
        "'370303-2001-' || printf('%06d', n)"
    };
    let status = "CASE WHEN n > 99400 THEN 'reported' WHEN n % 10 < 7 THEN 'closed' WHEN n % 10 = 7 THEN 'rectifying' \
                  WHEN n % 10 = 8 THEN 'awaiting_review' ELSE 'dismissed' END";
    let (one, other) = (&one.uscc, &other.uscc);
    if connection.is_postgres() {
        // The service's own limit is meant for requests.
        connection
            .batch_execute("SET statement_timeout = 0")
            .expect("time is given");
    }
    connection
        .batch_execute(&format!(
            "INSERT INTO hazards (id, number, source, enterprise_id, uscc, reported_at, reported_by, version, status, \
             found_on, found_level, industry, area, supervision_kind, supervision_level, supervision_authority, \
             production, escalation, next_due_on, reviewed_by, signed_off_by, updated_at, closed_at, document) \
             SELECT {id}, {number}, CASE n % 1000 WHEN 67 THEN 'public_tip' ELSE 'inspection' END, \
             unit.id, unit.uscc, {moment}, 'reporter', 1, stage, seed.found_on, 'district', \
             CASE n % 1000 WHEN 87 THEN 'F5265' ELSE 'C2681' END, \
             CASE n % 1000 WHEN 77 THEN '370304001001' ELSE '370303009001' END, \
             CASE WHEN stage IN ('reported', 'dismissed') THEN NULL WHEN n % 1000 = 17 THEN 'listed' ELSE 'ordinary' END, \
             CASE WHEN stage IN ('reported', 'dismissed') THEN NULL WHEN n % 1000 = 27 THEN 'national' ELSE 'district' END, \
             CASE n % 1000 WHEN 37 THEN 'RARE' ELSE 'COMMON' END, \
             CASE WHEN n % 1000 = 47 AND stage = 'rectifying' THEN 'suspended' ELSE 'running' END, \
             CASE n % 1000 WHEN 57 THEN 'letter' ELSE 'none' END, \
             CASE WHEN stage IN ('closed', 'dismissed') THEN {never} ELSE {day} END, \
             CASE stage WHEN 'closed' THEN 'reviewer' END, CASE stage WHEN 'closed' THEN 'signer' END, \
             {moment}, CASE stage WHEN 'closed' THEN {moment} END, \
             replace(replace(seed.document, '{seed}', {text_of_id}), seed.number, {number}) \
             FROM (SELECT n, {status} AS stage, \
                          CASE n % 1000 WHEN 97 THEN '{other}' ELSE '{one}' END AS unit_code FROM {numbers}) AS copies \
             JOIN hazards AS seed ON seed.number = (SELECT min(number) FROM hazards) \
             JOIN enterprises AS unit ON unit.uscc = unit_code; \
             INSERT INTO hazard_criteria (criterion, hazard_id) \
             SELECT CASE WHEN number LIKE '%107' THEN 'RARE' ELSE 'COMMON' END, id FROM hazards WHERE number LIKE '370303-2001-%'; \
             INSERT INTO hazard_campaigns (campaign, hazard_id) \
             SELECT CASE WHEN number LIKE '%117' THEN 'confined_space' ELSE 'hot_work' END, id FROM hazards WHERE number LIKE '370303-2001-%';",
            never = if connection.is_postgres() { "DATE '9999-12-31'" } else { "'9999-12-31'" },
        ))
        .expect("the copies are written");
    if connection.is_postgres() {
        // What autovacuum does within a minute of such a load.
        connection.batch_execute("ANALYZE").expect("statistics are gathered");
    }
}

fn remove_copies(connection: &mut Connection) {
    // Nothing refers to a copy, and looking for what might would take longer than everything else.
    let unreferenced = if connection.is_postgres() {
        "SET session_replication_role = replica"
    } else {
        "PRAGMA foreign_keys = OFF"
    };
    connection
        .batch_execute(unreferenced)
        .expect("references are not looked for");
    connection
        .batch_execute(
            "DELETE FROM hazard_criteria WHERE hazard_id IN (SELECT id FROM hazards WHERE number LIKE '370303-2001-%'); \
             DELETE FROM hazard_campaigns WHERE hazard_id IN (SELECT id FROM hazards WHERE number LIKE '370303-2001-%'); \
             DELETE FROM hazards WHERE number LIKE '370303-2001-%';",
        )
        .expect("the copies go");
}

/// A filter with the condition that says the same in plain SQL, and whether few rows meet it.
struct Case {
    filter: Filter,
    sql: String,
    rare: bool,
}

fn case(sql: &str, rare: bool, set: impl FnOnce(&mut Filter)) -> Case {
    let mut filter = Filter::default();
    set(&mut filter);
    Case {
        filter,
        sql: sql.to_owned(),
        rare,
    }
}

fn day(text: &str) -> Day {
    text.parse().expect("a day")
}

#[expect(
    clippy::too_many_lines,
    reason = "one case for each filter of the contract, common and rare"
)]
fn cases(one: &Unit, other: &Unit, postgres: bool) -> Vec<Case> {
    let at = |column: &str, operator: &str, day: Day, end: bool| {
        let moment = if end { day.end() } else { day.start() };
        if postgres {
            format!("{column} {operator} '{moment}'")
        } else {
            format!("{column} {operator} {}", moment.micros())
        }
    };
    let early = day("2026-11-20");
    let late = day("2027-01-10");
    let tagged = |table: &str, column: &str, value: &str| {
        format!("id IN (SELECT hazard_id FROM {table} WHERE {column} = '{value}')")
    };
    vec![
        case("1 = 1", false, |_| {}),
        case("status = 'closed'", false, |f| f.status = vec![State::Closed]),
        case("status = 'reported'", false, |f| f.status = vec![State::Reported]),
        case("status IN ('rectifying', 'dismissed')", false, |f| {
            f.status = vec![State::Rectifying, State::Dismissed];
        }),
        case("source = 'inspection'", false, |f| f.source = vec![Source::Inspection]),
        case("source = 'public_tip'", true, |f| f.source = vec![Source::PublicTip]),
        case("area LIKE '370303%'", false, |f| {
            f.area = vec!["370303".parse().expect("a prefix")];
        }),
        case("area LIKE '370304%'", true, |f| {
            f.area = vec!["370304".parse().expect("a prefix")];
        }),
        case("industry LIKE 'C26%'", false, |f| {
            f.industry = vec!["C26".parse().expect("a prefix")];
        }),
        case("industry LIKE 'F%'", true, |f| {
            f.industry = vec!["F".parse().expect("a prefix")];
        }),
        case(&format!("uscc = '{}'", one.uscc), false, |f| {
            f.uscc = vec![one.uscc.parse().expect("a code")];
        }),
        case(&format!("uscc = '{}'", other.uscc), true, |f| {
            f.enterprise = vec![other.id.parse().expect("an id")];
        }),
        case(&tagged("hazard_campaigns", "campaign", "hot_work"), false, |f| {
            f.campaign = vec!["hot_work".parse().expect("a campaign")];
        }),
        case(&tagged("hazard_campaigns", "campaign", "confined_space"), true, |f| {
            f.campaign = vec!["confined_space".parse().expect("a campaign")];
        }),
        case(&tagged("hazard_criteria", "criterion", "COMMON"), false, |f| {
            f.criterion = vec!["COMMON".to_owned()];
        }),
        case(&tagged("hazard_criteria", "criterion", "RARE"), true, |f| {
            f.criterion = vec!["RARE".to_owned()];
        }),
        case("supervision_kind = 'ordinary'", false, |f| {
            f.kind = vec![OrderKind::Ordinary];
        }),
        case("supervision_kind = 'listed'", true, |f| {
            f.kind = vec![OrderKind::Listed];
        }),
        case("supervision_level = 'district'", false, |f| {
            f.level = vec![Level::District];
        }),
        case("supervision_level = 'national'", true, |f| {
            f.level = vec![Level::National];
        }),
        case("supervision_authority = 'COMMON'", false, |f| {
            f.authority = vec!["COMMON".to_owned()];
        }),
        case("supervision_authority = 'RARE'", true, |f| {
            f.authority = vec!["RARE".to_owned()];
        }),
        case("escalation = 'none'", false, |f| f.escalation = vec!["none".to_owned()]),
        case("escalation = 'letter'", true, |f| {
            f.escalation = vec!["letter".to_owned()];
        }),
        case("production = 'running'", false, |f| {
            f.production = vec![Production::Running];
        }),
        case("production = 'suspended'", true, |f| {
            f.production = vec![Production::Suspended];
        }),
        case("next_due_on < '2026-11-20'", false, |f| f.overdue = Some((true, early))),
        case("next_due_on >= '2026-11-20'", false, |f| {
            f.overdue = Some((false, early));
        }),
        case("next_due_on <= '2026-01-02'", true, |f| {
            f.due_before = Some(day("2026-01-02"));
        }),
        case(
            "next_due_on >= '2027-11-25' AND next_due_on < '9999-12-31'",
            true,
            |f| {
                f.due_after = Some(day("2027-11-25"));
            },
        ),
        case(&at("reported_at", ">=", late, false), false, |f| {
            f.reported_from = Some(late);
        }),
        case(&at("reported_at", "<=", early, true), false, |f| {
            f.reported_to = Some(early);
        }),
        case(&at("closed_at", ">=", late, false), false, |f| {
            f.closed_from = Some(late);
        }),
        case(&at("closed_at", "<=", early, true), false, |f| {
            f.closed_to = Some(early);
        }),
        case(&at("updated_at", ">", late, false), false, |f| {
            f.updated_after = Some(late.start());
        }),
        case(
            "area LIKE '370303%' AND industry LIKE 'C%' AND status = 'rectifying'",
            false,
            |f| {
                f.area = vec!["370303".parse().expect("a prefix")];
                f.industry = vec!["C".parse().expect("a prefix")];
                f.status = vec![State::Rectifying];
            },
        ),
        case(
            "area LIKE '370304%' AND escalation = 'none' AND status = 'rectifying'",
            true,
            |f| {
                f.area = vec!["370304".parse().expect("a prefix")];
                f.escalation = vec!["none".to_owned()];
                f.status = vec![State::Rectifying];
            },
        ),
    ]
}

#[test]
fn a_plan_that_sorts_or_looks_at_every_row_is_found() {
    let plan = |steps: &[&str]| steps.iter().map(|step| (*step).to_owned()).collect::<Vec<_>>();
    let good = plan(&["SEARCH hazards USING INDEX hazards_by_status (status=?)"]);
    assert_eq!(fault_of_walk(&good), None);
    let sorting = plan(&[
        "SCAN hazards USING INDEX hazards_by_area",
        "USE TEMP B-TREE FOR ORDER BY",
    ]);
    assert_eq!(fault_of_walk(&sorting), Some("sorts"));
    assert_eq!(fault_of_gathering(&sorting), None);
    assert_eq!(fault_of_walk(&plan(&["SCAN hazards"])), Some("looks at every row"));
    let many = plan(&["Limit", "  ->  Sort  (cost=0.00..1.00 rows=70000 width=55)"]);
    assert_eq!(fault_of_walk(&many), Some("sorts"));
    let few = plan(&["Limit", "  ->  Sort  (cost=0.00..1.00 rows=44 width=55)"]);
    assert_eq!(fault_of_walk(&few), None);
    let postgres = plan(&["Limit", "  ->  Seq Scan on hazards  (cost=0.00..1.00)"]);
    assert_eq!(fault_of_gathering(&postgres), Some("looks at every row"));
}

fn everything() -> Scope {
    Scope {
        areas: Areas::All,
        industries: Vec::new(),
        unit: None,
    }
}

fn column(sort: Sort) -> (&'static str, &'static str) {
    let code = sort.code();
    let (name, direction) = code.strip_prefix('-').map_or((code, "ASC"), |name| (name, "DESC"));
    (if name == "due_on" { "next_due_on" } else { name }, direction)
}

/// The plans of every sort; the answers of some, another choice for each case, since a plain query takes its time.
fn check(connection: &mut Connection, turn: usize, case: &Case) {
    let scope = everything();
    for (index, sort) in Sort::ALL.iter().copied().enumerate() {
        let (by, direction) = column(sort);
        let asked = format!("{} ORDER BY {by} {direction}", case.sql);
        let plans = hazards::plans(connection, &scope, &case.filter, sort).expect("the engine plans");
        for walk in &plans.walks {
            assert_eq!(fault_of_walk(walk), None, "{asked}: {walk:#?}");
        }
        if case.rare {
            assert_eq!(
                fault_of_gathering(&plans.gathering),
                None,
                "{asked}: {:#?}",
                plans.gathering
            );
        }
        if !(index + turn).is_multiple_of(3) {
            continue;
        }
        let (found, _) = hazards::page(connection, &scope, &case.filter, sort, None, LIMIT).expect("a page");
        let found: Vec<String> = found.iter().map(|found| found.hazard.number.to_string()).collect();
        let plain = lines(
            connection,
            &format!(
                "SELECT number AS line FROM hazards WHERE {} ORDER BY {by} {direction}, id {direction} LIMIT {LIMIT}",
                case.sql
            ),
        );
        assert!(!plain.is_empty(), "{asked} meets nothing, so it shows nothing");
        assert_eq!(found, plain, "{asked}");
    }
}

/// How often PostgreSQL made do with a plan for any values.
fn plans_for_any_values(connection: &mut Connection) -> u64 {
    let sum = lines(
        connection,
        "SELECT COALESCE(sum(generic_plans), 0)::text AS line FROM pg_prepared_statements",
    );
    sum.concat().parse().expect("a number")
}

/// What stands in the plans above holds for a statement that was asked often, too: PostgreSQL falls back on a plan for
/// any values after a while, unless it is told not to.
fn check_asked_often(connection: &mut Connection, case: &Case) {
    let page = |connection: &mut Connection| {
        hazards::page(
            connection,
            &everything(),
            &case.filter,
            Sort::ReportedAtDown,
            None,
            LIMIT,
        )
        .map(drop)
    };
    let before = plans_for_any_values(connection);
    for _ in 0..10 {
        connection.planned_for_values(page).expect("a page");
    }
    assert_eq!(plans_for_any_values(connection), before);
    for _ in 0..10 {
        page(connection).expect("a page");
    }
    assert!(plans_for_any_values(connection) > before, "it would not be noticed");
}

on_both! {
    async fn every_filter_and_sort_is_answered_by_an_index(app: App) {
        let one = app.enterprise().await;
        let other = app.enterprise().await;
        let seed = app.hazard_of(&one).await.id;
        app.read_store(|connection| {
            copy(connection, &seed, &one, &other);
            let cases = cases(&one, &other, connection.is_postgres());
            for (turn, case) in cases.iter().enumerate() {
                check(connection, turn, case);
            }
            let reminding = hazards::plan_of_reminding(connection, day("2026-11-20")).expect("the engine plans");
            assert_eq!(fault_of_walk(&reminding), None, "{reminding:#?}");
            if connection.is_postgres() {
                let ranges = cases.iter().find(|case| case.sql.contains("AND industry"));
                check_asked_often(connection, ranges.expect("a case with ranges"));
            }
            remove_copies(connection);
            Ok::<_, StoreError>(())
        })
        .expect("the ledger is read");
    }
}
