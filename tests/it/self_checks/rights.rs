//! Who files, and who reads what units say of themselves.

use reqwest::Method;
use serde_json::json;

use super::{QUARTER, clear_on, file, path};
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::{FOREIGN_AREA, uscc};
use crate::support::on_both;

/// Roles without business in self-checks.
const SHUT_OUT: &[&str] = &["tip_officer-1", "admin-1"];

on_both! {
    async fn a_unit_files_for_itself_and_nobody_for_it(app: App) {
        let unit = app.enterprise().await;
        let other = app.enterprise().await;
        let body = clear_on("2026-11-02");
        for caller in Caller::of_every_role(&unit.uscc) {
            let put = app.request(Method::PUT, path(&unit, QUARTER)).as_(&caller).json(&body);
            let answer = put.send().await;
            if caller.sub() == "enterprise-1" {
                answer.expect_status(201).done();
            } else {
                let problem = answer.expect_status(403).problem("role_not_allowed");
                assert_eq!(problem["who_could"]["roles"], json!(["enterprise"]));
            }
        }
        let put = |caller: &Caller| app.request(Method::PUT, path(&unit, "2026Q3")).as_(caller).json(&body);
        for caller in [other.officer(), Caller::enterprise(&uscc(900)), Caller::committee().areas(&[FOREIGN_AREA])] {
            put(&caller).send().await.expect_status(404).problem("not_found");
        }
    }

    async fn those_whom_a_unit_concerns_read_what_it_filed(app: App) {
        let unit = app.enterprise().await;
        file(&app, &unit, QUARTER, &clear_on("2026-11-02")).send().await.expect_status(201).done();
        let one = path(&unit, QUARTER);
        let paths = [one.clone(), format!("{one}/versions"), format!("/v1/self-checks?quarter={QUARTER}")];
        for caller in Caller::of_every_role(&unit.uscc) {
            for path in &paths {
                let answer = app.get(path).as_(&caller).send().await;
                if SHUT_OUT.contains(&caller.sub()) {
                    let problem = answer.expect_status(403).problem("role_not_allowed");
                    assert!(problem["who_could"]["roles"].as_array().is_some_and(|roles| roles.len() == 7));
                } else {
                    answer.expect_status(200).done();
                }
            }
        }
        let strangers = [
            Caller::enterprise(&uscc(901)),
            Caller::inspector().areas(&[FOREIGN_AREA]),
            Caller::inspector().areas(&[]),
            Caller::auditor().industries(&["F"]),
        ];
        for caller in strangers {
            for path in &paths[..2] {
                app.get(path).as_(&caller).send().await.expect_status(404).problem("not_found");
            }
            assert!(app.get(&paths[2]).as_(&caller).send().await.expect_status(200).items().is_empty());
        }
    }
}
