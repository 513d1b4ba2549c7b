//! What took its place in the outbox early and commits late reaches every phone, on the engine on which there is such a
//! thing.

use major_hazards::law::lifecycle::Action;

use super::phone::Phone;
use crate::subscriptions::late::report_and_hold;
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::database::Engine;
use crate::support::with_app;

#[test]
fn a_phone_that_has_all_is_handed_what_commits_late() {
    with_app(Engine::Postgres, module_path!(), |app: App| async move {
        let unit = app.enterprise().await;
        let mut quick = app.hazard_of(&unit).await;
        let mut phone = Phone::of(&Caller::inspector());
        phone.catch_up(&app, 500).await;
        let (mut held, late) = report_and_hold(&app, &unit);
        app.advance(&mut quick, Action::Confirm).await;
        let (items, more) = phone.step(&app, 500).await;
        assert_eq!((items.len(), more), (0, true), "nothing is read beyond what is decided");
        held.commit().expect("it commits");
        phone.catch_up(&app, 500).await;
        let mut fresh = Phone::of(&Caller::inspector());
        fresh.catch_up(&app, 500).await;
        assert!(phone.ids("hazard").contains(&late.to_string()));
        assert_eq!(phone.kept, fresh.kept);
    });
}

#[test]
fn a_phone_that_begins_waits_for_what_is_on_its_way() {
    with_app(Engine::Postgres, module_path!(), |app: App| async move {
        let unit = app.enterprise().await;
        let mut quick = app.hazard_of(&unit).await;
        // A place that stays empty for ever.
        report_and_hold(&app, &unit).0.roll_back().expect("it is taken back");
        let (mut held, late) = report_and_hold(&app, &unit);
        app.advance(&mut quick, Action::Confirm).await;
        let mut phone = Phone::of(&Caller::inspector());
        for _ in 0..2 {
            let (items, more) = phone.step(&app, 500).await;
            assert_eq!((items.len(), more), (0, true));
        }
        held.commit().expect("it commits");
        phone.catch_up(&app, 500).await;
        assert_eq!(phone.ids("hazard"), [late.to_string(), quick.id].into());
    });
}

#[test]
fn a_phone_in_the_midst_of_all_there_is_misses_nothing() {
    with_app(Engine::Postgres, module_path!(), |app: App| async move {
        let unit = app.enterprise().await;
        let mut quick = app.hazard_of(&unit).await;
        let mut phone = Phone::of(&Caller::inspector());
        phone.step(&app, 1).await;
        let (mut held, late) = report_and_hold(&app, &unit);
        while phone.step(&app, 1).await.1 {}
        assert_eq!(phone.ids("hazard"), [quick.id.clone()].into());
        app.advance(&mut quick, Action::Confirm).await;
        held.commit().expect("it commits");
        phone.catch_up(&app, 1).await;
        assert_eq!(phone.ids("hazard"), [late.to_string(), quick.id].into());
    });
}
