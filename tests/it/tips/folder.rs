//! The folder of keys belongs to its database, and what is left half made in it is swept.

use major_hazards::tips::{KeyStanding, Lost, Sweeper, Vault, VaultError, rotate};

use super::{seen, status};
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::on_both;
use crate::support::tips::{SEEN, anonymous_tip};

on_both! {
    async fn another_folder_and_a_lost_one_are_refused(app: App) {
        app.tell(&anonymous_tip()).await;
        let elsewhere = app.tip_keys().with_file_name("elsewhere");
        assert!(matches!(app.desk_over(&elsewhere, Lost::Keep).await.err(), Some(VaultError::Lost)));
        Vault::open_or_make(&elsewhere, &app.clock()).unwrap();
        assert!(matches!(app.desk_over(&elsewhere, Lost::Keep).await.err(), Some(VaultError::Foreign)));
        assert!(app.desk_over(&app.tip_keys(), Lost::Keep).await.is_ok());
        assert!(app.desk_over(&elsewhere, Lost::GiveUp).await.is_ok());
    }

    async fn tips_are_read_before_and_after_a_new_master_key(app: App) {
        let told = app.tell(&anonymous_tip()).await;
        let rotated = rotate(&app.tip_keys(), &app.clock()).unwrap();
        assert_eq!((rotated.keys, rotated.masters), (1, 1));
        let younger = app.tell(&anonymous_tip()).await;
        for tip in [&told, &younger] {
            assert_eq!(seen(&app, tip, &Caller::tip_officer()).await["account"]["description"], SEEN);
            assert_eq!(status(&app, tip).await["status"], "received");
        }
    }

    async fn a_key_that_was_made_for_nothing_is_swept_and_one_in_use_is_kept(app: App) {
        let told = app.tell(&anonymous_tip()).await;
        let vault = Vault::open(&app.tip_keys()).unwrap();
        let name = vault.names(KeyStanding::Kept).unwrap().remove(0);
        // As after a kill between the commit and the last step.
        let below = |folder: &str| app.tip_keys().join(folder).join(name.to_string());
        std::fs::rename(below("keys"), below("new")).unwrap();
        vault.make_key(&app.clock()).unwrap();
        assert_eq!(status(&app, &told).await["status"], "received", "it is found where it lies");
        let desk = app.desk().await;
        let mut sweeper = Sweeper::default();
        assert_eq!(sweeper.sweep(&desk).await.unwrap(), 0, "the first look takes nothing away");
        assert_eq!(vault.names(KeyStanding::New).unwrap().len(), 1);
        assert_eq!(sweeper.sweep(&desk).await.unwrap(), 1);
        assert_eq!(vault.names(KeyStanding::New).unwrap(), []);
        assert_eq!(vault.names(KeyStanding::Kept).unwrap(), [name]);
        assert_eq!(status(&app, &told).await["status"], "received");
    }
}
