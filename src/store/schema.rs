//! The tables, described once for both engines.
//!
//! To add a column: a step of the same name in both trees under `migrations/`, its line here, and its member in the
//! row of the room's `store.rs`. A test compares both engines with each other and with this file.

#![expect(
    missing_docs,
    reason = "the columns are commented where they are made, in the migrations"
)]

mod log;

use diesel::table;

pub use log::{log_checkpoints, log_entries, log_head, log_tiles, log_tip_days, log_tip_events};

table! {
    /// Regulators, committees, communities.
    authorities (id) {
        id -> crate::store::columns::UuidColumn,
        code -> Text,
        created_at -> crate::store::columns::InstantColumn,
        name -> Text,
        level -> Text,
        parent -> Nullable<Text>,
        areas -> Text,
        industries -> Text,
        version -> BigInt,
        updated_at -> crate::store::columns::InstantColumn,
    }
}

table! {
    /// Judgment standards.
    standards (id) {
        id -> crate::store::columns::UuidColumn,
        code -> Text,
        title -> Text,
        document_number -> Text,
        issued_by -> Text,
        effective_on -> Date,
        replaces -> Nullable<Text>,
        industries -> Text,
        created_at -> crate::store::columns::InstantColumn,
        repealed_on -> Nullable<Date>,
        version -> BigInt,
    }
}

table! {
    /// Clauses of the judgment standards.
    criteria (code) {
        code -> Text,
        standard -> Text,
        position -> BigInt,
        article -> Text,
        text -> Text,
        paraphrase -> Bool,
    }
}

table! {
    /// Units.
    enterprises (id) {
        id -> crate::store::columns::UuidColumn,
        uscc -> Text,
        created_at -> crate::store::columns::InstantColumn,
        name -> Text,
        industry -> Text,
        area -> Text,
        address -> Text,
        principal_name -> Text,
        principal_phone -> Text,
        controller_name -> Nullable<Text>,
        controller_phone -> Nullable<Text>,
        committee -> Nullable<Text>,
        latitude -> Nullable<Double>,
        longitude -> Nullable<Double>,
        version -> BigInt,
        updated_at -> crate::store::columns::InstantColumn,
    }
}

table! {
    /// Evidence; the bytes are in the object store.
    attachments (id) {
        id -> crate::store::columns::UuidColumn,
        sha256 -> Binary,
        size -> BigInt,
        media_type -> Text,
        filename -> Nullable<Text>,
        uploaded_by -> Text,
        created_at -> crate::store::columns::InstantColumn,
        declared_at -> Nullable<crate::store::columns::InstantColumn>,
        state -> Text,
        version -> BigInt,
        captured_at -> Nullable<crate::store::columns::InstantColumn>,
        latitude -> Nullable<Double>,
        longitude -> Nullable<Double>,
        collect_at -> Nullable<crate::store::columns::InstantColumn>,
    }
}

table! {
    /// Which inspection cites which evidence.
    inspection_attachments (attachment_id, inspection_id) {
        attachment_id -> crate::store::columns::UuidColumn,
        inspection_id -> crate::store::columns::UuidColumn,
    }
}

table! {
    /// Bytes on their way, a piece at a time.
    uploads (id) {
        id -> crate::store::columns::UuidColumn,
        owner -> Text,
        actor -> Text,
        length -> BigInt,
        media_type -> Text,
        filename -> Nullable<Text>,
        sha256 -> Nullable<Binary>,
        metadata -> Text,
        created_at -> crate::store::columns::InstantColumn,
        received -> BigInt,
        state -> Text,
        attachment_id -> Nullable<crate::store::columns::UuidColumn>,
        refusal -> Nullable<Text>,
        expires_at -> crate::store::columns::InstantColumn,
    }
}

table! {
    /// The pieces of an upload that are durable.
    upload_parts (upload_id, start) {
        upload_id -> crate::store::columns::UuidColumn,
        start -> BigInt,
        size -> BigInt,
        object -> Text,
    }
}

table! {
    /// Bytes that no row holds any more, until they are removed.
    loose_bytes (sha256) {
        sha256 -> Binary,
        moved_at -> Nullable<crate::store::columns::InstantColumn>,
        due_at -> crate::store::columns::InstantColumn,
    }
}

table! {
    /// The journal. Both engines refuse to change or delete a row.
    events (subject_id, version) {
        subject_id -> crate::store::columns::UuidColumn,
        version -> BigInt,
        subject_kind -> Text,
        action -> Text,
        from_status -> Nullable<Text>,
        to_status -> Nullable<Text>,
        at -> crate::store::columns::InstantColumn,
        actor -> Text,
        payload -> Text,
        salt -> Binary,
        previous_hash -> Nullable<Binary>,
        hash -> Binary,
    }
}

table! {
    /// What is still to be told to others, in the order of insertion.
    outbox (position) {
        position -> BigInt,
        subject_kind -> Text,
        subject_id -> crate::store::columns::UuidColumn,
        version -> BigInt,
        event_type -> Text,
        at -> crate::store::columns::InstantColumn,
    }
}

table! {
    /// Answers kept for a repeated idempotency key.
    replies (caller, operation, key) {
        caller -> Text,
        operation -> Text,
        key -> Text,
        digest -> Binary,
        status -> BigInt,
        headers -> Text,
        body -> Binary,
        at -> crate::store::columns::InstantColumn,
    }
}

table! {
    /// Keys that every node of one service shares.
    service_keys (name) {
        name -> Text,
        value -> Binary,
    }
}

table! {
    /// The last running number of each county and year.
    number_series (county, year) {
        county -> Text,
        year -> BigInt,
        last -> BigInt,
    }
}

table! {
    /// The ledger.
    hazards (id) {
        id -> crate::store::columns::UuidColumn,
        number -> Text,
        source -> Text,
        enterprise_id -> crate::store::columns::UuidColumn,
        uscc -> Text,
        reported_at -> crate::store::columns::InstantColumn,
        reported_by -> Text,
        recurrence_of -> Nullable<crate::store::columns::UuidColumn>,
        version -> BigInt,
        status -> Text,
        found_on -> Date,
        found_level -> Nullable<Text>,
        industry -> Text,
        area -> Text,
        supervision_kind -> Nullable<Text>,
        supervision_level -> Nullable<Text>,
        supervision_authority -> Nullable<Text>,
        production -> Text,
        escalation -> Text,
        next_due_on -> Date,
        reviewed_by -> Nullable<Text>,
        signed_off_by -> Nullable<Text>,
        merged_into -> Nullable<crate::store::columns::UuidColumn>,
        updated_at -> crate::store::columns::InstantColumn,
        closed_at -> Nullable<crate::store::columns::InstantColumn>,
        document -> Text,
        remind_on -> Date,
    }
}

table! {
    /// Clauses that a hazard is judged under.
    hazard_criteria (criterion, hazard_id) {
        criterion -> Text,
        hazard_id -> crate::store::columns::UuidColumn,
    }
}

table! {
    /// Campaigns that a hazard belongs to.
    hazard_campaigns (campaign, hazard_id) {
        campaign -> Text,
        hazard_id -> crate::store::columns::UuidColumn,
    }
}

table! {
    /// Evidence that a hazard cites, and at which stage.
    hazard_attachments (attachment_id, hazard_id, stage) {
        attachment_id -> crate::store::columns::UuidColumn,
        hazard_id -> crate::store::columns::UuidColumn,
        stage -> Text,
    }
}

table! {
    /// Search terms of a hazard.
    hazard_search (hazard_id) {
        hazard_id -> crate::store::columns::UuidColumn,
        tokens -> Text,
    }
}

table! {
    /// Who took which part of the ledger along.
    hazard_exports (id) {
        id -> crate::store::columns::UuidColumn,
        area -> Text,
        begun_at -> crate::store::columns::InstantColumn,
        asked -> Text,
        state -> Text,
        rows_out -> Nullable<BigInt>,
        ended_at -> Nullable<crate::store::columns::InstantColumn>,
    }
}

table! {
    /// What was served on whom.
    notices (id) {
        id -> crate::store::columns::UuidColumn,
        number -> Text,
        hazard_id -> crate::store::columns::UuidColumn,
        hazard_number -> Text,
        enterprise_id -> crate::store::columns::UuidColumn,
        uscc -> Text,
        area -> Text,
        industry -> Text,
        kind -> Text,
        cause -> Text,
        recipient -> Text,
        content -> Text,
        created_at -> crate::store::columns::InstantColumn,
        recipient_name -> Text,
        recipient_phone -> Nullable<Text>,
        version -> BigInt,
        acknowledged_at -> Nullable<crate::store::columns::InstantColumn>,
        acknowledged_by -> Nullable<Text>,
        acknowledged_by_name -> Nullable<Text>,
    }
}

table! {
    /// Who is told of events by webhook.
    subscriptions (id) {
        id -> crate::store::columns::UuidColumn,
        owner -> Text,
        created_at -> crate::store::columns::InstantColumn,
        rights -> Text,
        url -> Text,
        types -> Text,
        description -> Nullable<Text>,
        state -> Text,
        standstill -> Nullable<Text>,
        secret -> Binary,
        previous_secret -> Nullable<Binary>,
        previous_secret_until -> Nullable<crate::store::columns::InstantColumn>,
        position -> BigInt,
        late -> Text,
        failing_since -> Nullable<crate::store::columns::InstantColumn>,
        version -> BigInt,
        updated_at -> crate::store::columns::InstantColumn,
    }
}

table! {
    /// What became of each message to a subscription.
    deliveries (id) {
        id -> crate::store::columns::UuidColumn,
        subscription_id -> crate::store::columns::UuidColumn,
        position -> Nullable<BigInt>,
        subject_kind -> Text,
        subject_id -> crate::store::columns::UuidColumn,
        version -> BigInt,
        event_type -> Text,
        at -> crate::store::columns::InstantColumn,
        created_at -> crate::store::columns::InstantColumn,
        state -> Text,
        attempts -> BigInt,
        next_at -> crate::store::columns::InstantColumn,
        status -> Nullable<BigInt>,
        fault -> Nullable<Text>,
        settled_at -> Nullable<crate::store::columns::InstantColumn>,
    }
}

table! {
    /// Which gateway took a notice, and when.
    notice_deliveries (delivery_id) {
        delivery_id -> crate::store::columns::UuidColumn,
        notice_id -> crate::store::columns::UuidColumn,
        at -> crate::store::columns::InstantColumn,
    }
}

table! {
    /// What statistics count of a hazard; moments are microseconds since 1970.
    hazard_measures (hazard_id) {
        hazard_id -> crate::store::columns::UuidColumn,
        uscc -> Text,
        area -> Text,
        industry -> Text,
        source -> Text,
        recurs -> Bool,
        reported_at -> BigInt,
        status -> Text,
        escalation -> Text,
        listed -> Bool,
        next_due_on -> Date,
        campaigns -> Text,
        level -> Nullable<Text>,
        committee -> Nullable<Text>,
        confirmed_at -> Nullable<BigInt>,
        ended_at -> Nullable<BigInt>,
        closed_on_time -> Nullable<Bool>,
        reckoned_by -> Nullable<BigInt>,
    }
}

table! {
    /// What days were and are computed from.
    policies (mark) {
        mark -> BigInt,
        reckoning -> Text,
        version -> Text,
        adopted -> BigInt,
    }
}

table! {
    /// Quarterly self-checks, one of each unit and quarter.
    self_checks (id) {
        id -> crate::store::columns::UuidColumn,
        enterprise_id -> crate::store::columns::UuidColumn,
        quarter -> Text,
        filed_at -> crate::store::columns::InstantColumn,
        version -> BigInt,
    }
}

table! {
    /// Every version of a self-check. Both engines refuse to change or delete a row.
    self_check_versions (self_check_id, version) {
        self_check_id -> crate::store::columns::UuidColumn,
        version -> BigInt,
        filed_at -> crate::store::columns::InstantColumn,
        performed_on -> Date,
        document -> Text,
    }
}

table! {
    /// The later periods in which a hazard was open.
    hazard_reopenings (hazard_id, version) {
        hazard_id -> crate::store::columns::UuidColumn,
        version -> BigInt,
        opened_at -> BigInt,
        ended_at -> Nullable<BigInt>,
        closed_on_time -> Nullable<Bool>,
    }
}

table! {
    /// Penalties as statistics count them.
    hazard_penalties (hazard_id, place) {
        hazard_id -> crate::store::columns::UuidColumn,
        place -> BigInt,
        kind -> Text,
        decided_on -> Date,
        unit_fen -> Nullable<BigInt>,
        person -> Bool,
        person_fen -> Nullable<BigInt>,
    }
}

table! {
    /// Public tips.
    tips (id) {
        id -> crate::store::columns::UuidColumn,
        area -> Text,
        campaign -> Nullable<Text>,
        received_on -> Date,
        anonymous -> Bool,
        wants_feedback -> Bool,
        wants_reward -> Bool,
        version -> BigInt,
        status -> Text,
        standing -> Text,
        hazard_id -> Nullable<crate::store::columns::UuidColumn>,
        erase_on -> Date,
        receipt -> Nullable<Binary>,
        passphrase -> Nullable<Text>,
        key_name -> Nullable<Text>,
        told -> Nullable<Binary>,
        contact -> Nullable<Binary>,
    }
}

table! {
    /// Sealed words of a tip: messages, and what officers wrote.
    tip_words (id) {
        id -> crate::store::columns::UuidColumn,
        tip_id -> crate::store::columns::UuidColumn,
        version -> BigInt,
        kind -> Text,
        written_on -> Date,
        sealed -> Binary,
    }
}

table! {
    /// Photographs of tips; their sealed bytes are in the object store.
    tip_photos (id) {
        id -> crate::store::columns::UuidColumn,
        object -> Text,
        media_type -> Text,
        size -> BigInt,
        uploaded_on -> Date,
        tip_id -> Nullable<crate::store::columns::UuidColumn>,
        key_name -> Nullable<Text>,
        sealed_key -> Nullable<Binary>,
    }
}

table! {
    /// Lists of points to check; which version is in force, and what a list is found by.
    checklists (id) {
        id -> crate::store::columns::UuidColumn,
        code -> Text,
        kind -> Text,
        created_at -> crate::store::columns::InstantColumn,
        industries -> Text,
        version -> BigInt,
    }
}

table! {
    /// Every version of a list of points to check. Both engines refuse to change or delete a row.
    checklist_versions (checklist_id, version) {
        checklist_id -> crate::store::columns::UuidColumn,
        version -> BigInt,
        published_at -> crate::store::columns::InstantColumn,
        document -> Text,
    }
}

table! {
    /// Inspections. Both engines refuse to change or delete a row.
    inspections (id) {
        id -> crate::store::columns::UuidColumn,
        enterprise_id -> crate::store::columns::UuidColumn,
        uscc -> Text,
        area -> Text,
        industry -> Text,
        checklist_id -> crate::store::columns::UuidColumn,
        checklist_version -> BigInt,
        sent_by -> Text,
        received_at -> crate::store::columns::InstantColumn,
        started_at -> crate::store::columns::InstantColumn,
        finished_at -> crate::store::columns::InstantColumn,
        summary -> Text,
        document -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    hazards,
    enterprises,
    attachments,
    hazard_attachments,
    hazard_criteria,
    hazard_campaigns,
    hazard_search,
    hazard_measures,
    hazard_reopenings,
    hazard_penalties,
    criteria,
    standards,
    events,
    self_checks,
    self_check_versions,
    checklists,
    checklist_versions,
    inspections,
    inspection_attachments,
    outbox,
    log_entries,
    log_tip_events,
    tips,
);
