//! The history: a chain that adds up to the row, and that a unit sees only in part.

use major_hazards::hazards::{Entry, fold};
use major_hazards::journal::{self, Subject};
use major_hazards::law::lifecycle::{Action, State};
use major_hazards::values::{HazardId, Vocabulary as _};

use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::on_both;

on_both! {
    async fn the_history_is_a_chain_and_folds_to_the_row(app: App) {
        for state in State::ALL {
            let mut hazard = app.hazard_in(*state).await;
            if *state == State::Closed {
                app.advance(&mut hazard, Action::Reopen).await;
            }
            let id: HazardId = hazard.id.parse().unwrap();
            let (history, row) = app.read_store(move |connection| {
                let history = journal::history(connection, Subject::from(id))?;
                let row = major_hazards::hazards::find(connection, major_hazards::hazards::Reference::Id(id))?;
                Ok::<_, major_hazards::store::StoreError>((history, row))
            }).unwrap();
            assert_eq!(journal::verify(&history), Ok(()));
            assert_eq!(i64::try_from(history.len()).unwrap(), hazard.version);
            let folded = fold(history.iter().map(Entry::from)).unwrap();
            assert_eq!(folded, row.map(|found| found.hazard), "{state}");
            let mut forged = history.clone();
            forged[0].payload["body"]["title"] = serde_json::json!("另一件事");
            assert_eq!(journal::verify(&forged), Err(1));
        }
    }

    async fn a_page_of_events_goes_on_where_the_last_ended(app: App) {
        let hazard = app.hazard_in(State::Closed).await;
        let mut path = format!("{}/events?limit=3", hazard.path());
        let mut versions = Vec::new();
        loop {
            let page = app.get(&path).as_(&Caller::auditor()).send().await.expect_status(200);
            versions.extend(page.items().iter().map(|event| event["version"].as_i64().unwrap()));
            let document = page.json();
            let Some(cursor) = document["next_cursor"].as_str() else { break };
            path = format!("{}/events?limit=3&cursor={cursor}", hazard.path());
        }
        assert_eq!(versions, (1..=8).collect::<Vec<_>>());
    }

    async fn a_unit_sees_neither_remarks_nor_hashes_nor_who_reported(app: App) {
        let mut hazard = app.hazard_in(State::Rectifying).await;
        app.advance(&mut hazard, Action::Remark).await;
        let path = format!("{}/events", hazard.path());
        let official = app.get(&path).as_(&Caller::auditor()).send().await.items();
        assert_eq!(official.len(), 6);
        assert!(official.iter().all(|event| event["hash"].is_string() && event["actor"].is_object()));
        let own = app.get(&path).as_(&hazard.unit.officer()).send().await.items();
        assert_eq!(own.len(), 5);
        assert!(own.iter().all(|event| event["hash"].is_null() && event["salt"].is_null()));
        assert!(own[0]["actor"].is_null());
        assert_eq!(own[0]["payload"], serde_json::json!({}));
    }
}
