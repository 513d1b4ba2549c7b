//! Values as columns, on both engines.
//!
//! PostgreSQL keeps ids as `uuid`, moments as `timestamptz` and days as `date`; SQLite keeps them as 16 bytes,
//! microseconds and `YYYY-MM-DD`. A text value is `TEXT COLLATE "C"` on PostgreSQL, so that both engines sort bytes.
//!
//! To make a value storable, add it to one of the lists at the end.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{BigInt, Date, HasSqlType, SqlType, Text};
use diesel::sqlite::Sqlite;
use uuid::Uuid;

use super::connection::{MultiBackend, MultiRawValue};
use crate::values::{
    AreaCode, AttachmentId, AuthorityId, ChecklistId, County, Day, DeliveryId, EnterpriseId, ExportId, HazardId,
    HazardNumber, IndustryCode, InspectionId, Instant, LongText, Name, NoticeId, Quarter, SelfCheckId, StandardId,
    SubscriptionId, TipId, TipPhotoId, TipWordsId, Title, UploadId, Uscc, Yuan,
};

/// `uuid` on PostgreSQL, a BLOB of 16 bytes on SQLite.
#[derive(Debug, Clone, Copy, Default, SqlType, diesel::query_builder::QueryId)]
#[diesel(postgres_type(oid = 2950, array_oid = 2951))]
#[diesel(sqlite_type(name = "Binary"))]
pub struct UuidColumn;

/// `timestamptz` on PostgreSQL, microseconds since 1970 on SQLite.
#[derive(Debug, Clone, Copy, Default, SqlType, diesel::query_builder::QueryId)]
#[diesel(postgres_type(oid = 1184, array_oid = 1185))]
#[diesel(sqlite_type(name = "Long"))]
pub struct InstantColumn;

/// Microseconds from 1970 to 2000, where PostgreSQL's time begins.
const POSTGRES_EPOCH_MICROS: i64 = 946_684_800_000_000;

macro_rules! on_both {
    ($column:ty: $($value:ty),+) => {
        impl HasSqlType<$column> for MultiBackend {
            fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
                Self::lookup_sql_type::<$column>(lookup)
            }
        }

        $(through_multi!($column, $value);)+
    };
}

/// The third implementation of reading and writing: through the enumeration of both engines.
macro_rules! through_multi {
    ($column:ty, $value:ty) => {
        const _: () = {
            #[derive(AsExpression, FromSqlRow)]
            #[diesel(foreign_derive)]
            #[diesel(sql_type = $column)]
            #[expect(dead_code, reason = "the derive reads the field's type and nothing else")]
            struct Proxy($value);
        };

        impl FromSql<$column, MultiBackend> for $value {
            fn from_sql(raw: MultiRawValue<'_>) -> deserialize::Result<Self> {
                raw.from_sql::<Self, $column>()
            }
        }

        impl ToSql<$column, MultiBackend> for $value {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
                out.set_value((<$column>::default(), self));
                Ok(IsNull::No)
            }
        }
    };
}

macro_rules! ids {
    ($($id:ident),+) => {
        $(
            impl FromSql<UuidColumn, Pg> for $id {
                fn from_sql(raw: PgValue<'_>) -> deserialize::Result<Self> {
                    Ok(Self::from_uuid(Uuid::from_slice(raw.as_bytes())?))
                }
            }

            impl FromSql<UuidColumn, Sqlite> for $id {
                fn from_sql(raw: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                    let bytes = <Vec<u8> as FromSql<diesel::sql_types::Binary, Sqlite>>::from_sql(raw)?;
                    Ok(Self::from_uuid(Uuid::from_slice(&bytes)?))
                }
            }

            impl ToSql<UuidColumn, Pg> for $id {
                fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                    std::io::Write::write_all(out, self.uuid().as_bytes())?;
                    Ok(IsNull::No)
                }
            }

            impl ToSql<UuidColumn, Sqlite> for $id {
                fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
                    out.set_value(self.uuid().as_bytes().to_vec());
                    Ok(IsNull::No)
                }
            }
        )+
        on_both!(UuidColumn: $($id),+);
    };
}

macro_rules! texts {
    ($($text:ty),+ $(,)?) => {
        $(
            impl<DB: diesel::backend::Backend> diesel::deserialize::FromSql<diesel::sql_types::Text, DB> for $text
            where
                String: diesel::deserialize::FromSql<diesel::sql_types::Text, DB>,
            {
                fn from_sql(raw: DB::RawValue<'_>) -> diesel::deserialize::Result<Self> {
                    let text = <String as diesel::deserialize::FromSql<diesel::sql_types::Text, DB>>::from_sql(raw)?;
                    text.parse().map_err(|code: crate::values::FaultCode| {
                        format!("{} is not a {}: {}", text, stringify!($text), code.code()).into()
                    })
                }
            }

            impl diesel::serialize::ToSql<diesel::sql_types::Text, diesel::pg::Pg> for $text {
                fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>) -> diesel::serialize::Result {
                    std::io::Write::write_all(out, self.to_string().as_bytes())?;
                    Ok(diesel::serialize::IsNull::No)
                }
            }

            impl diesel::serialize::ToSql<diesel::sql_types::Text, diesel::sqlite::Sqlite> for $text {
                fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, diesel::sqlite::Sqlite>) -> diesel::serialize::Result {
                    out.set_value(self.to_string());
                    Ok(diesel::serialize::IsNull::No)
                }
            }

            const _: () = {
                #[derive(diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
                #[diesel(foreign_derive)]
                #[diesel(sql_type = diesel::sql_types::Text)]
                #[expect(dead_code, reason = "the derive reads the field's type and nothing else")]
                struct Proxy($text);
            };

            impl diesel::serialize::ToSql<diesel::sql_types::Text, crate::store::MultiBackend> for $text {
                fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, crate::store::MultiBackend>) -> diesel::serialize::Result {
                    out.set_value((diesel::sql_types::Text, self));
                    Ok(diesel::serialize::IsNull::No)
                }
            }
        )+
    };
}

pub(crate) use texts;

impl FromSql<InstantColumn, Pg> for Instant {
    fn from_sql(raw: PgValue<'_>) -> deserialize::Result<Self> {
        let micros = <i64 as FromSql<BigInt, Pg>>::from_sql(raw)?;
        micros
            .checked_add(POSTGRES_EPOCH_MICROS)
            .and_then(Self::from_micros)
            .ok_or_else(|| "a moment outside the calendar".into())
    }
}

impl FromSql<InstantColumn, Sqlite> for Instant {
    fn from_sql(raw: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let micros = <i64 as FromSql<BigInt, Sqlite>>::from_sql(raw)?;
        Self::from_micros(micros).ok_or_else(|| "a moment outside the calendar".into())
    }
}

impl ToSql<InstantColumn, Pg> for Instant {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        <i64 as ToSql<BigInt, Pg>>::to_sql(&(self.micros() - POSTGRES_EPOCH_MICROS), &mut out.reborrow())
    }
}

impl ToSql<InstantColumn, Sqlite> for Instant {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.micros());
        Ok(IsNull::No)
    }
}

impl FromSql<Date, Pg> for Day {
    fn from_sql(raw: PgValue<'_>) -> deserialize::Result<Self> {
        let days = <i32 as FromSql<diesel::sql_types::Integer, Pg>>::from_sql(raw)?;
        Self::from_days_since_2000(i64::from(days)).ok_or_else(|| "a day outside the calendar".into())
    }
}

impl FromSql<Date, Sqlite> for Day {
    fn from_sql(raw: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let text = <String as FromSql<Text, Sqlite>>::from_sql(raw)?;
        text.parse().map_err(|_| "not a day".into())
    }
}

impl ToSql<Date, Pg> for Day {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let days = i32::try_from(self.days_since_2000())?;
        <i32 as ToSql<diesel::sql_types::Integer, Pg>>::to_sql(&days, &mut out.reborrow())
    }
}

impl ToSql<Date, Sqlite> for Day {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.to_string());
        Ok(IsNull::No)
    }
}

impl<DB: Backend> FromSql<BigInt, DB> for Yuan
where
    i64: FromSql<BigInt, DB>,
{
    fn from_sql(raw: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Self::from_fen(<i64 as FromSql<BigInt, DB>>::from_sql(raw)?).ok_or_else(|| "an amount out of range".into())
    }
}

through_multi!(Date, Day);
on_both!(InstantColumn: Instant);
ids!(
    HazardId,
    EnterpriseId,
    AttachmentId,
    TipId,
    TipPhotoId,
    TipWordsId,
    AuthorityId,
    StandardId,
    NoticeId,
    SelfCheckId,
    ChecklistId,
    InspectionId,
    SubscriptionId,
    DeliveryId,
    UploadId,
    ExportId
);
texts!(
    AreaCode,
    County,
    HazardNumber,
    IndustryCode,
    LongText,
    Name,
    Quarter,
    Title,
    Uscc
);
