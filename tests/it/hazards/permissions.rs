//! Who may do what in which state: every state × action × role, asked over HTTP, against a table that a person reads in
//! review. After a change of the law: `UPDATE_GOLDEN=1 cargo test --test it permissions`, then read the difference.

use std::fmt::Write as _;
use std::path::Path;

use major_hazards::law::lifecycle::{Action, State};
use major_hazards::law::scope::Role;
use major_hazards::values::Vocabulary as _;

use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::on_both;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/golden/permissions.txt");

on_both! {
    async fn the_grid_is_the_committed_one(app: App) {
        let mut grid = String::from(
            "Who may do what: one table for each state. yes: performed. role: none of the caller's roles may (403).\n\
             state: not in this state (409). rule: a rule says no to the usual body (422). who: not this caller (403).\n\
             hidden: may not know of the hazard or read the ledger at all (403, 404).\n",
        );
        for state in State::ALL {
            let hazard = app.hazard_in(*state).await;
            write!(grid, "\n{state} {}\n{:20}", state.label().zh, "").unwrap();
            let roles: String = Role::ALL.iter().fold(String::new(), |line, role| format!("{line}{role:12}"));
            writeln!(grid, "{}", roles.trim_end()).unwrap();
            for action in Action::ALL.iter().filter(|action| **action != Action::Report) {
                let body = app.usual_body(&hazard, *action).await;
                let mut line = format!("{:20}", action.code());
                for caller in Caller::of_every_role(&hazard.unit.uscc) {
                    // The officer who sent the usual evidence is the one who may cite it.
                    let caller = if caller.sub().starts_with("enterprise") { hazard.unit.officer() } else { caller };
                    let path = format!("{}/actions/{action}?dry_run=true", hazard.path());
                    let answer = app.post(path).as_(&caller).if_match(hazard.version).json(&body).send().await;
                    let cell = match answer.status {
                        200 => "yes",
                        409 => "state",
                        422 => "rule",
                        404 => "hidden",
                        403 if answer.any_problem()["code"] == "role_not_allowed" => "role",
                        403 => "who",
                        other => panic!("{state} {action} {}: {other} {}", caller.sub(), answer.text()),
                    };
                    write!(line, "{cell:12}").unwrap();
                }
                grid.push_str(line.trim_end());
                grid.push('\n');
            }
        }
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::create_dir_all(Path::new(GOLDEN).parent().unwrap()).unwrap();
            std::fs::write(GOLDEN, &grid).unwrap();
        }
        let committed = std::fs::read_to_string(GOLDEN).expect("tests/it/golden/permissions.txt");
        assert!(grid == committed, "the grid differs from {GOLDEN}:\n{grid}");
    }
}
