//! What the office does with a tip, who of it sees what, and what the ledger hears.

use diesel::prelude::*;
use major_hazards::law::tips::lifecycle::TipAction;
use major_hazards::store::StoreError;
use major_hazards::store::schema::{replies, tips};
use serde_json::{Value, json};

use super::{report, seen, status};
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::{FOREIGN_AREA, text};
use crate::support::on_both;
use crate::support::tips::{SEEN, anonymous_tip, another_officer, named_tip, to_conclusion};

fn actions_of(tip: &Value) -> Vec<String> {
    let open = tip["available_actions"].as_array().expect("actions");
    open.iter().map(|action| text(&action["action"])).collect()
}

on_both! {
    async fn a_tip_that_is_true_becomes_a_hazard_in_the_officers_words(app: App) {
        let told = app.tell(&anonymous_tip()).await;
        let report = report(&app).await;
        app.walk_tip(&told, &to_conclusion(json!({"substantiated": true, "summary": "属实。", "report": report}))).await;
        let tip = seen(&app, &told, &Caller::tip_officer()).await;
        assert_eq!((&tip["status"], &tip["substantiated"]), (&json!("substantiated"), &json!(true)));
        let path = format!("/v1/hazards/{}", text(&tip["hazard"]));
        let hazard = app.get(&path).as_(&Caller::tip_officer()).send().await.expect_status(200).json();
        assert_eq!((&hazard["source"], &hazard["title"]), (&json!("public_tip"), &report["title"]));
        let events = app.get(format!("{path}/events")).as_(&Caller::tip_officer()).send().await.expect_status(200).text();
        for leak in [told.id.as_str(), SEEN] {
            assert!(!hazard.to_string().contains(leak) && !events.contains(leak), "{leak}");
        }
        let found = app.get(format!("/v1/tips?hazard={}", text(&tip["hazard"]))).as_(&Caller::auditor()).send().await;
        assert_eq!(found.expect_status(200).items()[0]["id"], told.id.as_str());
    }

    async fn what_the_ledger_holds_against_a_report_is_told_with_its_place_and_nothing_is_kept(app: App) {
        let told = app.tell(&anonymous_tip()).await;
        let [accept, start, _] = to_conclusion(json!({}));
        app.walk_tip(&told, &[accept, start]).await;
        let conclude = async |report: Value| {
            let body = json!({"substantiated": true, "summary": "属实。", "report": report});
            app.act_on_tip(&told, TipAction::Conclude, &Caller::tip_officer(), &body).await
        };
        let mut unknown = report(&app).await;
        unknown["criteria"] = json!(["NONE-1"]);
        let refused = conclude(unknown).await.expect_status(422);
        refused.problem("criterion_unknown");
        assert_eq!(refused.json()["errors"][0]["pointer"], "/report/criteria/0");
        let mut leading_back = report(&app).await;
        leading_back["tip"] = json!(told.id);
        conclude(leading_back).await.expect_status(400).faults(&[("/report/tip", "unknown_field")]);
        let mut inspection = report(&app).await;
        inspection["source"] = json!("inspection");
        conclude(inspection).await.any_problem();
        let tip = seen(&app, &told, &Caller::tip_officer()).await;
        assert_eq!((&tip["status"], &tip["version"]), (&json!("verifying"), &json!(3)));
        let ledger = app.get("/v1/hazards").as_(&Caller::tip_officer()).send().await.expect_status(200);
        assert_eq!(ledger.items(), Vec::<Value>::new());
    }

    async fn the_first_to_tell_is_rewarded_and_the_second_is_not(app: App) {
        let first = app.tell(&anonymous_tip()).await;
        app.pass_days(1);
        let second = app.tell(&anonymous_tip()).await;
        let truth = json!({"substantiated": true, "summary": "属实。", "report": report(&app).await});
        app.walk_tip(&first, &to_conclusion(truth)).await;
        let hazard = seen(&app, &first, &Caller::tip_officer()).await["hazard"].clone();
        app.walk_tip(&second, &to_conclusion(json!({"substantiated": true, "summary": "同一隐患。", "hazard": hazard}))).await;
        let proposal = json!({"fine_cny": "123456.78", "basis": "行政处罚决定书"});
        let propose = async |told| app.act_on_tip(told, TipAction::ProposeReward, &Caller::tip_officer(), &proposal).await;
        propose(&second).await.expect_status(422).problem("not_first_to_tell");
        let proposed = propose(&first).await.expect_status(200).json();
        assert_eq!(proposed["proposed_cny"], "18518.52");
        let report_again = json!({"substantiated": true, "summary": "属实。", "hazard": app.clock().random_id().to_string()});
        let third = app.tell(&anonymous_tip()).await;
        app.walk_tip(&third, &to_conclusion(json!({}))[..2]).await;
        let unknown = app.act_on_tip(&third, TipAction::Conclude, &Caller::tip_officer(), &report_again).await;
        unknown.expect_status(422).problem("finding_unknown");
    }

    async fn a_reward_is_approved_by_another_and_claimed_with_receipt_and_passphrase(app: App) {
        let told = app.tell(&anonymous_tip()).await;
        let truth = json!({"substantiated": true, "summary": "属实。", "report": report(&app).await});
        app.walk_tip(&told, &to_conclusion(truth)).await;
        app.walk_tip(&told, &[(TipAction::ProposeReward, json!({"basis": "属实，未处罚款。"}))]).await;
        let own = app.act_on_tip(&told, TipAction::ApproveReward, &Caller::tip_officer(), &json!({})).await;
        own.expect_status(403).problem("approver_proposed_reward");
        assert_eq!(status(&app, &told).await["reward"]["amount_cny"], Value::Null, "not before it is approved");
        app.walk_tip(&told, &[
            (TipAction::ApproveReward, json!({})),
            (TipAction::Answer, json!({"feedback": "属实，感谢。"})),
        ]).await;
        let reward = &status(&app, &told).await["reward"];
        assert_eq!(reward, &json!({"state": "approved", "amount_cny": "3000.00", "claim_by": app.day(60)}));
        let pay = async |body: Value| app.act_on_tip(&told, TipAction::PayReward, &Caller::tip_officer(), &body).await;
        pay(json!({})).await.expect_status(422).problem("claim_not_proven");
        let stranger = app.tell(&anonymous_tip()).await;
        pay(stranger.pair()).await.expect_status(422).problem("claim_not_proven");
        let mut half = told.pair();
        half.as_object_mut().unwrap().remove("passphrase");
        pay(half).await.expect_status(422).problem("claim_not_proven");
        pay(told.pair()).await.expect_status(200).done();
        assert_eq!(status(&app, &told).await["reward"]["state"], "paid");
        app.walk_tip(&told, &[(TipAction::Close, json!({}))]).await;
    }

    async fn a_reward_that_nobody_claims_in_time_lapses_by_itself(app: App) {
        let told = app.tell(&anonymous_tip()).await;
        let truth = json!({"substantiated": true, "summary": "属实。", "report": report(&app).await});
        app.walk_tip(&told, &to_conclusion(truth)).await;
        app.walk_tip(&told, &[
            (TipAction::ProposeReward, json!({"basis": "属实。"})),
            (TipAction::ApproveReward, json!({})),
        ]).await;
        app.pass_days(61);
        assert_eq!(status(&app, &told).await["reward"]["state"], "lapsed");
        let late = app.act_on_tip(&told, TipAction::PayReward, &Caller::tip_officer(), &told.pair()).await;
        late.expect_status(422).problem("reward_lapsed");
    }

    async fn a_tip_is_there_for_officers_and_auditors_of_its_area_and_for_nobody_else(app: App) {
        let told = app.tell(&named_tip()).await;
        let unit = app.enterprise().await;
        let absent = format!("/v1/tips/{}", app.clock().random_id());
        let strangers = Caller::of_every_role(&unit.uscc)
            .into_iter()
            .filter(|caller| !caller.sub().starts_with("tip_officer") && !caller.sub().starts_with("auditor"))
            .chain([Caller::tip_officer().areas(&[FOREIGN_AREA]), Caller::auditor().areas(&[])]);
        for caller in strangers {
            for (method, below) in [("GET", ""), ("GET", "/events"), ("POST", "/actions/accept"), ("POST", "/reporter"), ("POST", "/messages")] {
                let ask = async |thing: &str| {
                    let request = app.request(method.parse().unwrap(), format!("{thing}{below}")).as_(&caller).if_match(1);
                    let body = match below {
                        "/reporter" => json!({"purpose": "核对领取人的身份信息"}),
                        "/messages" => json!({"text": "请补充。"}),
                        _ => json!({}),
                    };
                    if method == "POST" { request.json(&body).send().await } else { request.send().await }
                };
                let (hidden, absent) = (ask(&told.path()).await, ask(&absent).await);
                assert_eq!((hidden.status, absent.status), (404, 404), "{} as {}", hidden.asked, caller.sub());
            }
        }
        let foreign = app.get("/v1/tips").as_(&Caller::tip_officer().areas(&[FOREIGN_AREA])).send().await;
        assert_eq!(foreign.expect_status(200).items(), Vec::<Value>::new());
        app.get("/v1/tips").as_(&Caller::committee()).send().await.expect_status(403).problem("role_not_allowed");
        assert_eq!(seen(&app, &told, &Caller::tip_officer()).await["version"], 1, "nothing was done to it");
    }

    async fn an_auditor_reads_what_was_decided_and_none_of_the_words(app: App) {
        let told = app.tell(&named_tip()).await;
        app.walk_tip(&told, &[(TipAction::Decline, json!({"reason": "already_known"}))]).await;
        let tip = seen(&app, &told, &Caller::auditor()).await;
        assert_eq!((&tip["account_state"], &tip["account"], &tip["declined"]), (&json!("withheld"), &Value::Null, &json!("already_known")));
        let refused = app.act_on_tip(&told, TipAction::Answer, &Caller::auditor(), &json!({"feedback": "好"})).await;
        refused.expect_status(403).problem("role_not_allowed");
        let events = app.get(format!("{}/events", told.path())).as_(&Caller::auditor()).send().await;
        let events = events.expect_status(200).text();
        for word in [SEEN, "钱某某", "13812345678", "电镀厂"] {
            assert!(!tip.to_string().contains(word) && !events.contains(word), "{word}");
        }
    }

    async fn the_identity_is_in_no_answer_of_the_room_but_one(app: App) {
        let told = app.tell(&named_tip()).await;
        let officer = Caller::tip_officer();
        let acted = app.act_on_tip(&told, TipAction::Accept, &officer, &json!({})).await.expect_status(200).text();
        let list = app.get("/v1/tips").as_(&officer).send().await.expect_status(200).text();
        let one = seen(&app, &told, &officer).await.to_string();
        for (answer, shows_words) in [(acted, false), (list, false), (one, true)] {
            assert!(!answer.contains("钱某某") && !answer.contains("13812345678"), "{answer}");
            assert_eq!(answer.contains(SEEN), shows_words, "{answer}");
        }
    }

    async fn what_is_advertised_rehearsed_and_done_agree(app: App) {
        let told = app.tell(&anonymous_tip()).await;
        let officer = Caller::tip_officer();
        let tip = seen(&app, &told, &officer).await;
        assert_eq!(actions_of(&tip)[..2], ["accept", "decline"]);
        let path = format!("{}/actions/accept", told.path());
        let rehearsed = app.post(format!("{path}?dry_run=true")).as_(&officer).if_match(1).json(&json!({})).send().await;
        assert_eq!(rehearsed.expect_status(200).json()["status"], "accepted");
        assert_eq!(seen(&app, &told, &officer).await, tip);
        app.post(&path).as_(&officer).json(&json!({})).send().await.expect_status(428).done();
        app.post(&path).as_(&officer).if_match(7).json(&json!({})).send().await.expect_status(412).problem("stale_version");
        let close = app.act_on_tip(&told, TipAction::Close, &officer, &json!({})).await.expect_status(409);
        assert!(close.problem("action_not_allowed")["allowed_actions"].to_string().contains("accept"));
        let request = || app.post(&path).as_(&officer).if_match(1).key("accept once").json(&json!({})).send();
        let first = request().await.expect_status(200);
        let again = request().await.expect_status(200);
        assert_eq!((again.header("idempotent-replayed"), again.text()), (Some("true"), first.text()));
        let explained = app.get(format!("{}?include=actions", told.path())).as_(&Caller::auditor()).send().await;
        let explained = explained.expect_status(200).json();
        assert_eq!(explained["available_actions"], json!([]));
        assert_eq!(explained["actions"][0]["blocked_by"][0]["code"], "role_not_allowed");
        assert_eq!(explained["actions"][0]["who_could"], json!(["tip_officer"]));
    }

    async fn no_word_that_an_officer_writes_lies_open_anywhere(app: App) {
        let told = app.tell(&anonymous_tip()).await;
        let [accept, start, _] = to_conclusion(json!({}));
        app.walk_tip(&told, &[accept, start]).await;
        let body = json!({"substantiated": false, "summary": "查无实据这四个字"});
        let path = format!("{}/actions/conclude", told.path());
        app.post(path).as_(&another_officer()).if_match(3).key("k").json(&body).send().await.expect_status(200).done();
        let (kept, standings): (Vec<Vec<u8>>, Vec<String>) = app
            .read_store(|connection| {
                Ok::<_, StoreError>((
                    replies::table.select(replies::body).load(connection)?,
                    tips::table.select(tips::standing).load(connection)?,
                ))
            })
            .unwrap();
        assert_eq!(kept.len(), 1);
        assert!(!String::from_utf8_lossy(&kept[0]).contains("查无实据这四个字"));
        assert!(!standings[0].contains("查无实据"));
        let decisions = &seen(&app, &told, &Caller::tip_officer()).await["account"]["decisions"];
        assert_eq!(decisions[0]["words"]["summary"], "查无实据这四个字");
    }

    async fn lists_are_walked_by_cursor_and_narrowed_by_filters(app: App) {
        for days in 0..5 {
            if days > 0 {
                app.pass_days(1);
            }
            app.tell(&anonymous_tip()).await;
        }
        let officer = Caller::tip_officer();
        let mut path = "/v1/tips?limit=2".to_owned();
        let mut days = Vec::new();
        loop {
            let page = app.get(&path).as_(&officer).send().await.expect_status(200);
            days.extend(page.items().iter().map(|tip| text(&tip["received_on"])));
            match page.json()["next_cursor"].as_str() {
                Some(cursor) => path = format!("/v1/tips?limit=2&cursor={cursor}"),
                None => break,
            }
        }
        let expected: Vec<String> = (0..5).map(|days| app.day(-days)).collect();
        assert_eq!(days, expected);
        for (query, count) in [
            ("status=received", 5),
            ("status=accepted,verifying", 0),
            ("area=370303009", 5),
            ("area=370304", 0),
            ("campaign=confined_space", 5),
            ("campaign=hot_work", 0),
        ] {
            let found = app.get(format!("/v1/tips?{query}")).as_(&officer).send().await.expect_status(200);
            assert_eq!(found.items().len(), count, "{query}");
        }
        app.get("/v1/tips?colour=red").as_(&officer).send().await.expect_status(400).faults(&[("?colour", "unknown_field")]);
    }

    async fn days_are_counted_from_the_day_it_came(app: App) {
        let told = app.tell(&anonymous_tip()).await;
        let tip = seen(&app, &told, &Caller::tip_officer()).await;
        assert_eq!((&tip["next_due_on"], &tip["overdue"]), (&json!("2026-11-18"), &json!(false)), "seven working days");
        app.pass_days(10);
        assert_eq!(seen(&app, &told, &Caller::tip_officer()).await["overdue"], true);
    }
}
