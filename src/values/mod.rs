//! Floor 0: what things are. A value is checked when it is made, and nobody checks it again.
//!
//! Absent here: HTTP, SQL, files. Only [`clock`] reads system time or randomness.

pub mod area;
pub mod clock;
pub mod code;
pub mod day;
pub mod factor;
pub mod fault;
pub mod ids;
pub mod instant;
pub mod label;
pub mod list;
pub mod local;
pub mod money;
pub mod number;
pub mod patch;
pub mod quarter;
pub mod secret;
pub mod text;
pub mod uscc;
pub mod vocabulary;

pub use area::{AreaCode, AreaPrefix, County, IndustryCode, IndustryPrefix, Prefix};
pub use clock::Clock;
pub use day::Day;
pub use factor::Factor;
pub use fault::{Fault, FaultCode, Faults};
pub use ids::{
    AttachmentId, AuthorityId, ChecklistId, DeliveryId, EnterpriseId, ExportId, HazardId, InspectionId, NoticeId,
    SelfCheckId, StandardId, SubscriptionId, TipId, TipPhotoId, TipWordsId, UploadId,
};
pub use instant::Instant;
pub use label::{Label, Language};
pub use list::Distinct;
pub use local::LocalInstant;
pub use money::Yuan;
pub use number::HazardNumber;
pub use patch::Patch;
pub use quarter::Quarter;
pub use secret::Secret;
pub use text::{LongText, Name, Text, Title};
pub use uscc::Uscc;
pub use vocabulary::Vocabulary;
