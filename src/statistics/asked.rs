//! What is asked for: which hazards, in which period, by which dimensions.

use crate::hazards::Campaign;
use crate::law::lifecycle::{Source, State};
use crate::law::scope::Level;
use crate::values::vocabulary::vocabulary;
use crate::values::{AreaPrefix, Day, EnterpriseId, IndustryPrefix, Instant, Vocabulary};

vocabulary! {
    /// By what is counted.
    pub enum Dimension in "statistics_dimensions" {
        Area = "area", "属地", "area, cut to `area_length`";
        Industry = "industry", "行业", "industry, cut to `industry_length`";
        Source = "source", "来源", "where the report came from";
        Status = "status", "状态", "where it stands now";
        Campaign = "campaign", "专项整治", "campaign; a hazard of two campaigns is in both groups";
        Committee = "committee", "督办机关", "authority that ordered; none before the order";
        Level = "level", "督办级别", "rank of the supervising authority; none before the order";
        Month = "month", "上报月份", "month of the report in Asia/Shanghai";
    }
}

vocabulary! {
    /// To how many digits areas are cut.
    pub enum AreaLength in "area_lengths" {
        Province = "2", "省", "province";
        City = "4", "市", "city";
        County = "6", "县", "county";
        Street = "9", "街道", "street";
        Community = "12", "社区", "community";
    }
}

vocabulary! {
    /// To how many characters industries are cut.
    pub enum IndustryLength in "industry_lengths" {
        Section = "1", "门类", "section letter";
        Division = "3", "大类", "section letter and two digits";
    }
}

/// Which hazards. Values of one filter are alternatives; filters narrow each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Area prefixes.
    pub area: Vec<AreaPrefix>,
    /// Industry prefixes.
    pub industry: Vec<IndustryPrefix>,
    /// Units by id.
    pub enterprise: Vec<EnterpriseId>,
    /// Campaigns.
    pub campaign: Vec<Campaign>,
    /// Where they stand now.
    pub status: Vec<State>,
    /// Ranks of the supervising authority.
    pub level: Vec<Level>,
    /// Where the reports came from. Never set for a unit.
    pub source: Vec<Source>,
}

/// What every question of this room can be narrowed to. Values of one filter are alternatives; filters narrow each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Narrowing {
    /// Area prefixes.
    pub area: Vec<AreaPrefix>,
    /// Industry prefixes.
    pub industry: Vec<IndustryPrefix>,
    /// Units by id.
    pub enterprise: Vec<EnterpriseId>,
    /// Campaigns.
    pub campaign: Vec<Campaign>,
    /// Ranks of the supervising authority.
    pub level: Vec<Level>,
}

impl From<Narrowing> for Filter {
    fn from(narrowing: Narrowing) -> Self {
        Self {
            area: narrowing.area,
            industry: narrowing.industry,
            enterprise: narrowing.enterprise,
            campaign: narrowing.campaign,
            level: narrowing.level,
            ..Self::default()
        }
    }
}

impl From<Narrowing> for crate::hazards::Filter {
    fn from(narrowing: Narrowing) -> Self {
        Self {
            area: narrowing.area,
            industry: narrowing.industry,
            enterprise: narrowing.enterprise,
            campaign: narrowing.campaign,
            level: narrowing.level,
            ..Self::default()
        }
    }
}

/// The time that is looked at: from a moment, or from the beginning, to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first moment; nothing for the beginning.
    pub from: Option<Instant>,
    /// The last moment.
    pub until: Instant,
}

impl Period {
    /// Whole days, both included.
    pub fn days(from: Option<Day>, to: Day) -> Self {
        Self {
            from: from.map(Day::start),
            until: to.end(),
        }
    }
}

/// A grouping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grouping {
    /// None, one or two dimensions.
    pub by: Vec<Dimension>,
    /// How areas are cut.
    pub area_length: AreaLength,
    /// How industries are cut.
    pub industry_length: IndustryLength,
}

impl Grouping {
    /// Dimensions other than the source, which is told apart on its own.
    pub fn open(&self) -> impl Iterator<Item = Dimension> {
        self.by
            .iter()
            .copied()
            .filter(|dimension| *dimension != Dimension::Source)
    }

    /// Whether the source is a dimension.
    pub fn by_source(&self) -> bool {
        self.by.contains(&Dimension::Source)
    }
}

/// Everything that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Which hazards.
    pub filter: Filter,
    /// When.
    pub period: Period,
    /// By what.
    pub grouping: Grouping,
    /// The day of asking, for what is overdue.
    pub today: Day,
}

impl Asked {
    /// Whether the answer tells reports apart by where they came from.
    pub fn splits_sources(&self) -> bool {
        self.grouping.by_source() || !self.filter.source.is_empty()
    }

    /// Whether hazards from there are shown.
    pub fn shows(&self, source: Source) -> bool {
        self.filter.source.is_empty() || self.filter.source.contains(&source)
    }
}

/// Length of a code table's code, which is a number.
pub fn length(code: impl Vocabulary) -> u32 {
    code.code().parse().unwrap_or_default()
}
