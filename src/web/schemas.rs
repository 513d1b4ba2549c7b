//! How values look in the OpenAPI document. The values themselves do not know of it.

use std::borrow::Cow;

use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{KnownFormat, RefOr, Schema, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};
use uuid::fmt::Hyphenated;

use crate::values::{
    AreaCode, AreaPrefix, AttachmentId, ChecklistId, Day, DeliveryId, EnterpriseId, ExportId, HazardId, HazardNumber,
    IndustryCode, IndustryPrefix, InspectionId, Instant, LocalInstant, NoticeId, Quarter, SubscriptionId, Text, TipId,
    TipPhotoId, UploadId, Uscc, Vocabulary, Yuan,
};

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::Type(Type::String))
}

macro_rules! value {
    ($type:ty, $name:literal, $build:expr) => {
        impl PartialSchema for $type {
            fn schema() -> RefOr<Schema> {
                RefOr::T(Schema::Object($build.build()))
            }
        }

        impl ToSchema for $type {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed($name)
            }
        }
    };
}

macro_rules! id {
    ($($type:ty = $name:literal, $example:literal;)+) => {
        $(value!(
            $type,
            $name,
            text()
                .format(Some(SchemaFormat::Custom("uuid".to_owned())))
                .max_length(Some(Hyphenated::LENGTH))
                .examples([$example])
        );)+
    };
}

id! {
    HazardId = "HazardId", "01900000-0000-7000-8000-000000000001";
    NoticeId = "NoticeId", "01900000-0000-7000-8000-000000000005";
    EnterpriseId = "EnterpriseId", "01900000-0000-7000-8000-000000000002";
    AttachmentId = "AttachmentId", "01900000-0000-7000-8000-000000000004";
    InspectionId = "InspectionId", "01900000-0000-7000-8000-000000000010";
    ChecklistId = "ChecklistId", "01900000-0000-7000-8000-000000000009";
    SubscriptionId = "SubscriptionId", "01900000-0000-7000-8000-000000000007";
    ExportId = "ExportId", "01900000-0000-7000-8000-000000000011";
    DeliveryId = "DeliveryId", "01900000-0000-7000-8000-000000000008";
    TipId = "TipId", "5f0c1c5e-6a53-4c0e-9d0e-3f6f5f6f7a10";
    UploadId = "UploadId", "3d5f0a1c-7f0e-4b53-8a55-0d0c6a1f9b21";
    TipPhotoId = "TipPhotoId", "8c1f7d0a-2f4b-4f43-9a64-51c2a3c1d9e7";
}

value!(
    Instant,
    "Instant",
    text()
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
        .description(Some("RFC 3339 in UTC with microseconds"))
        .examples(["2026-11-02T03:04:05.000000Z"])
);
value!(
    LocalInstant,
    "LocalInstant",
    text()
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
        .description(Some("RFC 3339 with the offset from UTC of the clock that showed it"))
        .examples(["2026-11-02T11:04:05+08:00"])
);
value!(
    Day,
    "Day",
    text()
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
        .description(Some("A calendar day in Asia/Shanghai"))
        .examples(["2026-11-02"])
);
value!(
    Quarter,
    "Quarter",
    text()
        .pattern(Some("^[2-9][0-9]{3}Q[1-4]$"))
        .description(Some("A quarter in Asia/Shanghai"))
        .examples(["2026Q4"])
);
value!(
    HazardNumber,
    "HazardNumber",
    text()
        .pattern(Some("^[0-9]{6}-[0-9]{4}-[0-9]{6,}$"))
        .description(Some("County code, year of the report, running number"))
        .examples(["370303-2026-000123"])
);
value!(
    AreaCode,
    "AreaCode",
    text()
        .pattern(Some("^[0-9]{6}([0-9]{3}){0,2}$"))
        .description(Some("County (GB/T 2260), street or community code"))
        .examples(["370303009001"])
);
value!(
    AreaPrefix,
    "AreaPrefix",
    text()
        .pattern(Some("^([0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12})$"))
        .description(Some("Beginning of area codes"))
        .examples(["370303"])
);
value!(
    IndustryCode,
    "IndustryCode",
    text()
        .pattern(Some("^[A-T][0-9]{2,4}$"))
        .description(Some(
            "Industry of GB/T 4754-2017: section letter and two to four digits"
        ))
        .examples(["C26"])
);
value!(
    IndustryPrefix,
    "IndustryPrefix",
    text()
        .pattern(Some("^[A-T][0-9]{0,4}$"))
        .description(Some("Beginning of industry codes"))
        .examples(["C"])
);
value!(
    Uscc,
    "Uscc",
    text()
        .pattern(Some("^[0-9A-HJ-NPQRTUWXY]{18}$"))
        .description(Some(
            "Unified social credit code (GB 32100-2015); the last character checks the others"
        ))
        .examples(["91350100M000100Y43"])
);
value!(
    Yuan,
    "Yuan",
    text()
        .pattern(Some("^[0-9]+(\\.[0-9]{1,2})?$"))
        .description(Some("An amount in yuan as a decimal string"))
        .examples(["120000.00"])
);

impl<const MAX: usize, const MULTILINE: bool> PartialSchema for Text<MAX, MULTILINE> {
    fn schema() -> RefOr<Schema> {
        RefOr::T(Schema::Object(
            text().min_length(Some(1)).max_length(Some(MAX)).examples(["…"]).build(),
        ))
    }
}

impl<const MAX: usize, const MULTILINE: bool> ToSchema for Text<MAX, MULTILINE> {
    fn name() -> Cow<'static, str> {
        Cow::Owned(format!("Text{MAX}{}", if MULTILINE { "Lines" } else { "" }))
    }
}

/// The schema of a closed list of codes.
pub fn of_vocabulary<V: Vocabulary>(description: &str) -> RefOr<Schema> {
    let labels: Vec<String> = V::ALL
        .iter()
        .map(|value| format!("`{}` {}", value.code(), value.label().zh))
        .collect();
    RefOr::T(Schema::Object(
        text()
            .enum_values(Some(V::CODES.iter().copied()))
            .description(Some(format!("{description}{}. New codes may come.", labels.join(", "))))
            .examples(V::CODES.first().copied())
            .build(),
    ))
}

/// Gives vocabularies their schema.
macro_rules! vocabularies {
    ($($type:ty = $name:literal;)+) => {
        $(
            impl utoipa::PartialSchema for $type {
                fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                    $crate::web::schemas::of_vocabulary::<$type>("")
                }
            }

            impl utoipa::ToSchema for $type {
                fn name() -> std::borrow::Cow<'static, str> {
                    std::borrow::Cow::Borrowed($name)
                }
            }
        )+
    };
}

pub(crate) use vocabularies;

vocabularies! {
    crate::law::lifecycle::State = "Status";
    crate::law::lifecycle::Action = "Action";
    crate::law::lifecycle::ClockKind = "ClockKind";
    crate::law::lifecycle::Source = "Source";
    crate::law::lifecycle::OrderKind = "OrderKind";
    crate::law::lifecycle::Production = "Production";
    crate::law::lifecycle::SuspensionScope = "SuspensionScope";
    crate::law::lifecycle::DismissalReason = "DismissalReason";
    crate::law::lifecycle::EvaluatedBy = "EvaluatedBy";
    crate::law::lifecycle::Escalation = "Escalation";
    crate::law::lifecycle::EscalationKind = "EscalationKind";
    crate::law::lifecycle::PenaltyKind = "PenaltyKind";
    crate::law::lifecycle::NoticeKind = "NoticeKind";
    crate::law::lifecycle::AccountabilityGround = "AccountabilityGround";
    crate::law::deadlines::ClockState = "ClockState";
    crate::law::tips::lifecycle::TipState = "TipStatus";
    crate::law::tips::lifecycle::TipAction = "TipAction";
    crate::law::tips::lifecycle::TipClock = "TipClock";
    crate::law::tips::lifecycle::DeclineReason = "TipDeclineReason";
    crate::law::tips::reward::RewardState = "RewardState";
    crate::law::scope::Role = "Role";
    crate::law::scope::Level = "Level";
}
