//! When clocks end, by the law and by `tests/oracle/clocks.py`: no difference in any state, end or lateness, under the
//! calendar before a correction and after it.
//!
//! `HAZARDS_TEST_CLOCKS=100000 cargo test --test it clocks::oracle` compares so many histories; `HAZARDS_TEST_SEED`
//! chooses others.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::thread;

use major_hazards::law::calendar::Calendar;
use major_hazards::law::deadlines::{Change, moves::moved, next_due_on};
use serde_json::Value;

use super::histories::{Days, History};
use crate::support::seed::{Random, number_from};
use crate::support::source::root;

const HISTORIES: u32 = 3000;
/// Histories that share a calendar.
const OF_ONE_CALENDAR: usize = 25;

/// A history, the two calendars, and the lines that the script reads of them.
struct Case {
    history: History,
    calendars: [Calendar; 2],
    lines: Vec<Value>,
}

fn cases(count: usize, random: &mut Random) -> Vec<Case> {
    let mut cases = Vec::with_capacity(count);
    while cases.len() < count {
        let before = Days::random(random);
        let after = before.corrected(random);
        let calendars = [before.calendar(), after.calendar()];
        let mut lines = vec![before.line("before"), after.line("after")];
        for _ in 0..OF_ONE_CALENDAR.min(count - cases.len()) {
            let history = History::random(random);
            lines.push(history.line(cases.len(), ["before", "after"]));
            cases.push(Case {
                history,
                calendars: calendars.clone(),
                lines: std::mem::take(&mut lines),
            });
        }
    }
    cases
}

/// What the script says of each history. A machine without `python3` fails here.
fn asked(lines: Vec<Value>) -> Vec<Value> {
    let mut script = Command::new("python3")
        .arg(root().join("tests/oracle/clocks.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the script needs `python3`");
    let mut input = script.stdin.take().expect("a pipe");
    let writing = thread::spawn(move || {
        for line in lines {
            writeln!(input, "{line}").expect("the script reads");
        }
    });
    let output = script.wait_with_output().expect("the script ends");
    writing.join().expect("every line was written");
    assert!(output.status.success(), "the script failed");
    let text = String::from_utf8(output.stdout).expect("the script writes text");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect()
}

/// Every history of which the law says something else than `told`.
fn differences(cases: &[Case], told: &[Value]) -> Vec<String> {
    assert_eq!(cases.len(), told.len(), "the script answers every history");
    let differs = |(case, told): (&Case, &Value)| {
        let said: Vec<Value> = case
            .calendars
            .iter()
            .map(|calendar| case.history.told(calendar))
            .collect();
        let said = Value::from(said);
        (said != *told).then(|| format!("the law: {said}\nscript:  {told}\n{}", case.lines.last().unwrap()))
    };
    cases.iter().zip(told).filter_map(differs).collect()
}

fn lines(cases: &[Case]) -> Vec<Value> {
    cases.iter().flat_map(|case| case.lines.clone()).collect()
}

#[test]
fn clocks_end_where_an_independent_script_says_they_end() {
    let mut random = Random::of_this_run();
    let count = usize::try_from(number_from("HAZARDS_TEST_CLOCKS", HISTORIES)).unwrap();
    let cases = cases(count, &mut random);
    let differences = differences(&cases, &asked(lines(&cases)));
    assert!(
        differences.is_empty(),
        "{} of {count}, the first:\n{}",
        differences.len(),
        differences[0]
    );
}

#[test]
fn what_a_correction_moves_is_what_the_script_says_of_the_two_calendars() {
    let cases = cases(1000, &mut Random::of_this_run());
    let told = asked(lines(&cases));
    let mut with_moves = 0;
    for (case, told) in cases.iter().zip(&told) {
        let [before, after] = &case.calendars;
        let ledger = &case.history.ledger;
        // The last run of each kind, where it runs.
        let running = |told: &Value| {
            let runs: Vec<Value> = told.as_array().unwrap().clone();
            let kind_of = |run: &Value| run[0].as_str().unwrap().to_owned();
            let mut last: Vec<(String, String)> = Vec::new();
            for (place, run) in runs.iter().enumerate() {
                let is_last = !runs[place + 1..].iter().any(|later| later[0] == run[0]);
                if is_last && run[1] == "running" {
                    last.push((kind_of(run), run[2].as_str().unwrap().to_owned()));
                }
            }
            last.sort();
            last
        };
        let (was, is) = (running(&told[0]), running(&told[1]));
        let mut expected: Vec<(String, String, String)> = Vec::new();
        for ((kind, from), (_, to)) in was.iter().zip(&is).filter(|(was, is)| was != is) {
            expected.push((kind.clone(), from.clone(), to.clone()));
        }
        let mut moves: Vec<(String, String, String)> = Vec::new();
        for moved in moved(ledger, before, after) {
            assert!(
                !moved.days.is_empty(),
                "a deadline moves and no day is to blame: {moved:?}"
            );
            moves.push((moved.clock.to_string(), moved.from.to_string(), moved.to.to_string()));
        }
        moves.sort();
        assert_eq!(moves, expected, "{}", case.lines.last().unwrap());
        let first = is.iter().map(|(_, end)| end.clone()).min();
        assert_eq!(next_due_on(ledger, after).map(|day| day.to_string()), first);
        with_moves += usize::from(!moves.is_empty());
    }
    assert!(with_moves > 50, "only {with_moves} histories have a clock that moves");
}

#[test]
fn the_comparison_finds_one_wrong_day_and_one_forgotten_pause() {
    let cases = cases(200, &mut Random::of_this_run());
    let mut told = asked(lines(&cases));
    assert_eq!(differences(&cases, &told), Vec::<String>::new());
    let place = told.iter().rposition(|told| told[0][0][2].is_string()).unwrap();
    let day: major_hazards::values::Day = told[place][0][0][2].as_str().unwrap().parse().unwrap();
    told[place][0][0][2] = day.next().to_string().into();
    assert_eq!(differences(&cases, &told).len(), 1);

    let mut forgetful = lines(&cases);
    for line in &mut forgetful {
        if let Some(ledger) = line["ledger"].as_array_mut() {
            ledger.retain(|entry| entry["change"] != "pause" && entry["change"] != "resume");
        }
    }
    let paused = |case: &&Case| {
        case.history
            .ledger
            .iter()
            .any(|entry| entry.step.change == Change::Pause)
    };
    assert!(cases.iter().filter(paused).count() > 50);
    assert!(differences(&cases, &asked(forgetful)).len() > 20);
}
