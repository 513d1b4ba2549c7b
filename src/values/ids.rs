//! One id type for each kind of thing, so that one cannot be handed in for another.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;
use uuid::fmt::Hyphenated;

use super::clock::Clock;
use super::fault::{FaultCode, text_value};
use super::instant::Instant;

macro_rules! id {
    ($(#[$meta:meta])* $name:ident) => {
        id!($(#[$meta])* $name, ordered_id, "A new id of this moment (UUIDv7).");
    };
    ($(#[$meta:meta])* random $name:ident) => {
        id!($(#[$meta])* $name, random_id, "A new id that tells nothing about when it was made (UUIDv4).");
    };
    ($(#[$meta:meta])* $name:ident, $drawn:ident, $doc:literal) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            #[doc = $doc]
            pub fn new(clock: &Clock) -> Self {
                Self(clock.$drawn())
            }

            /// The id with that value.
            pub fn from_uuid(value: Uuid) -> Self {
                Self(value)
            }

            /// The value.
            pub fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = FaultCode;

            /// Only the hyphenated form of 36 characters is an id on the wire.
            fn from_str(text: &str) -> Result<Self, FaultCode> {
                if text.len() != Hyphenated::LENGTH {
                    return Err(FaultCode::BadFormat);
                }
                Uuid::try_parse(text).map(Self).map_err(|_| FaultCode::BadFormat)
            }
        }

        text_value!($name);
    };
}

id!(
    /// A hazard on the ledger.
    HazardId
);
id!(
    /// A unit (生产经营单位).
    EnterpriseId
);
id!(
    /// A piece of evidence.
    AttachmentId
);
id!(
    /// Bytes on their way to become evidence.
    random UploadId
);
id!(
    /// A notice that was served.
    NoticeId
);
id!(
    /// A public tip.
    random TipId
);
id!(
    /// A photograph that somebody sent for a tip.
    random TipPhotoId
);
id!(
    /// Words that are kept with a tip: a message, or what an officer wrote.
    random TipWordsId
);
id!(
    /// An authority; the stream of its events. On the wire it goes by its code.
    AuthorityId
);
id!(
    /// A judgment standard; the stream of its events. On the wire it goes by its code.
    StandardId
);
id!(
    /// A quarterly self-check; the stream of its events. On the wire it goes by its unit and quarter.
    SelfCheckId
);
id!(
    /// A list of points to check; the stream of its events.
    ChecklistId
);
id!(
    /// An inspection, as the phone of an inspector calls it.
    InspectionId
);
id!(
    /// A subscription to events.
    SubscriptionId
);
id!(
    /// A part of the ledger that somebody took along.
    ExportId
);
id!(
    /// One message to one subscription, however often it is sent.
    DeliveryId
);

impl NoticeId {
    /// The id of that moment and place among those of one moment (the lower 12 bits count) with those random bits, so
    /// that work that is done again gives the same one.
    pub fn of_moment(at: Instant, place: u16, random: [u8; 8]) -> Self {
        let millis = u64::try_from(at.micros() / 1000).unwrap_or(0);
        let mut rest = [0; 10];
        for (byte, given) in rest.iter_mut().zip(place.to_be_bytes().into_iter().chain(random)) {
            *byte = given;
        }
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &rest).into_uuid())
    }
}

macro_rules! chosen {
    ($($name:ident),+) => {
        $(impl $name {
            /// True for a UUIDv7, the only kind a client may choose.
            pub fn is_time_ordered(self) -> bool {
                self.0.get_version_num() == 7
            }
        })+
    };
}

chosen!(HazardId, AttachmentId, InspectionId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_hyphenated_form_is_an_id() {
        let id = "01900000-0000-7000-8000-000000000001";
        assert!(id.parse::<HazardId>().is_ok());
        for wrong in [
            format!("{{{id}}}"),
            format!("urn:uuid:{id}"),
            format!("{id}0"),
            id.replace('-', ""),
        ] {
            assert_eq!(wrong.parse::<HazardId>(), Err(FaultCode::BadFormat), "{wrong}");
        }
    }
}
