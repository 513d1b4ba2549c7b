//! The tables of the transparency log.

use diesel::table;

table! {
    /// How far the transparency log is; one row.
    log_head (id) {
        id -> BigInt,
        origin -> Text,
        size -> BigInt,
        position -> BigInt,
        tips_on -> Nullable<Date>,
    }
}

table! {
    /// The leaves of the log. Both engines refuse to change or delete a row, as they do of the tables behind it.
    log_entries (place) {
        place -> BigInt,
        entry -> Binary,
        subject_id -> Nullable<crate::store::columns::UuidColumn>,
        version -> Nullable<BigInt>,
    }
}

table! {
    /// Roots of whole tiles.
    log_tiles (level, place) {
        level -> BigInt,
        place -> BigInt,
        hash -> Binary,
    }
}

table! {
    /// What was signed.
    log_checkpoints (size) {
        size -> BigInt,
        root -> Binary,
        note -> Text,
        signed_at -> crate::store::columns::InstantColumn,
    }
}

table! {
    /// Days of tips in the log.
    log_tip_days (place) {
        place -> BigInt,
        day -> Date,
        events -> BigInt,
        root -> Binary,
        salt -> Binary,
    }
}

table! {
    /// Which events of tips a day stands for.
    log_tip_events (subject_id, version) {
        subject_id -> crate::store::columns::UuidColumn,
        version -> BigInt,
        place -> BigInt,
    }
}
