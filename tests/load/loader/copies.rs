//! Draws the copies: which story, at which unit, when.

use std::collections::BTreeMap;

use major_hazards::hazards::{self, Hazard};
use major_hazards::law::deadlines;
use major_hazards::law::policy::Policy;
use major_hazards::values::{County, Day, HazardNumber, Instant};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::Trouble;
use super::model::{Model, Models};
use super::pattern::{Copy, DAY_MICROS, Days, Link};
use super::places::Unit;
use super::random::Random;
use super::rows::{Batch, Computed, EVENTS};

/// Hazards of one unit, on average.
const HAZARDS_OF_A_UNIT: u64 = 20;
/// Later in the day than the model, at most: the day in Shanghai stays the same.
const LATER_IN_THE_DAY: i64 = 2 * 3_600_000_000;
/// Of a thousand hazards reported long ago, how many ended and how.
const LONG_AGO: &[(&str, u64)] = &[("closed", 870), ("dismissed", 55), ("merged", 35)];
/// The same for those of the last [`RECENT`] part.
const LATELY: &[(&str, u64)] = &[("closed", 150), ("dismissed", 55), ("merged", 35)];
/// The last part of the years, in which most hazards are still open: one in so many.
const RECENT: u64 = 4;
/// How often a story is drawn that does not fit before one is taken that does.
const DRAWS: u32 = 20;

/// How much is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    pub hazards: u64,
    pub seed: u64,
    /// Days of the first and the last report.
    pub from: Day,
    pub until: Day,
}

/// The source of all rows.
pub struct Copier {
    wanted: Wanted,
    models: Models,
    units: Vec<Unit>,
    /// The hazard of each unit that others can be merged into.
    latest: Vec<Option<Uuid>>,
    series: BTreeMap<(String, i32), u64>,
    random: Random,
    days: Days,
    policy: Policy,
    made: u64,
}

impl Copier {
    pub fn new(wanted: Wanted, models: Models) -> Result<Self, Trouble> {
        let mut random = Random::new(wanted.seed);
        let kinds = models.units.len();
        let count = usize::try_from(wanted.hazards / HAZARDS_OF_A_UNIT)?.max(kinds);
        let units: Result<Vec<Unit>, Trouble> = (0..count)
            .map(|place| {
                let (name, _) = models.units.get(place % kinds).ok_or("there are no model units")?;
                Unit::draw(place, name, wanted.from.start().micros(), &mut random)
            })
            .collect();
        Ok(Self {
            latest: vec![None; count],
            units: units?,
            wanted,
            models,
            series: BTreeMap::new(),
            random,
            days: Days::new(),
            policy: Policy::embedded().map_err(|faults| format!("{faults:?}"))?,
            made: 0,
        })
    }

    /// The rows of every unit.
    pub fn units(&mut self) -> Result<Batch, Trouble> {
        let mut batch = Batch::default();
        let units = self.units.clone();
        for (place, unit) in units.iter().enumerate() {
            let kinds = self.models.units.len();
            let (_, model) = self.models.units.get(place % kinds).ok_or("there are no model units")?;
            let days = self.wanted.from.days_since(day_of(model.begun)?) - 30;
            let copy = Copy {
                ids: Vec::new(),
                digests: Vec::new(),
                number: String::new(),
                unit,
                days,
                micros: days * DAY_MICROS,
            };
            write(
                &mut batch,
                model,
                &copy,
                Computed::default(),
                &self.days,
                &mut self.random,
            );
        }
        Ok(batch)
    }

    /// The rows of the next `count` hazards; fewer at the end, none after it.
    pub fn hazards(&mut self, count: u64) -> Result<Batch, Trouble> {
        let mut batch = Batch::default();
        while batch.hazards < count && self.made < self.wanted.hazards {
            self.hazard(&mut batch)?;
            batch.hazards += 1;
            self.made += 1;
        }
        Ok(batch)
    }

    /// County, year and last number of each series.
    pub fn series(&self) -> impl Iterator<Item = (&str, i32, u64)> {
        self.series
            .iter()
            .map(|((county, year), last)| (county.as_str(), *year, *last))
    }

    fn hazard(&mut self, batch: &mut Batch) -> Result<(), Trouble> {
        let span = u64::try_from(self.wanted.until.days_since(self.wanted.from))?.max(1);
        let place = u128::from(self.made) * u128::from(span) / u128::from(self.wanted.hazards.max(1));
        let day = self.wanted.from.plus_days(u32::try_from(place)?);
        let lately = place >= u128::from(span - span / RECENT);
        let (story, unit_place) = self.draw(day, lately)?;
        let model = self.models.stories.get(story).ok_or("a story is missing")?;
        let unit = self.units.get(unit_place).ok_or("a unit is missing")?.clone();
        let days = day.days_since(day_of(model.begun)?);
        let micros = days * DAY_MICROS + self.random.below_signed(LATER_IN_THE_DAY);
        let reported = Instant::from_micros(model.begun + micros).ok_or("a report lies outside the calendar")?;
        let mut ids: Vec<Uuid> = (0..model.ids).map(|_| self.random.id_at(reported.micros())).collect();
        if let Some(place) = model.merged_into
            && let Some(id) = ids.get_mut(place)
        {
            *id = self
                .latest
                .get(unit_place)
                .copied()
                .flatten()
                .ok_or("nothing to merge into")?;
        } else if let Some(latest) = self.latest.get_mut(unit_place) {
            *latest = ids.first().copied();
        }
        let year = reported.day().year();
        let running = self.series.entry((unit.county().to_owned(), year)).or_default();
        *running += 1;
        let county: County = unit.county().parse().map_err(|_| "a county has no code")?;
        let number = HazardNumber {
            county,
            year,
            running: i64::try_from(*running)?,
        };
        let copy = Copy {
            digests: (0..model.ids).map(|_| self.random.bytes()).collect(),
            ids,
            number: number.to_string(),
            unit: &unit,
            days,
            micros,
        };
        let computed = Computed {
            due: due(model, &copy, &self.days, &self.policy)?.to_string(),
            tokens: tokens(model, &copy, &self.days),
            ..Computed::default()
        };
        write(batch, model, &copy, computed, &self.days, &mut self.random);
        Ok(())
    }

    /// A story that can have come to its end when it begins on `day`, and a unit of its kind.
    fn draw(&mut self, day: Day, lately: bool) -> Result<(usize, usize), Trouble> {
        for attempt in 0..=DRAWS {
            let status = self.status(if lately { LATELY } else { LONG_AGO });
            let fits: Vec<usize> = self
                .models
                .stories
                .iter()
                .enumerate()
                .filter(|(_, story)| {
                    let lasts = (story.ended - story.begun) / DAY_MICROS + 2;
                    let open = !matches!(story.status.as_str(), "closed" | "dismissed" | "merged");
                    let wanted = status.map_or(open, |status| story.status == status);
                    let short = story.status == "reported" && attempt == DRAWS;
                    short || (wanted && lasts < self.wanted.until.days_since(day))
                })
                .map(|(place, _)| place)
                .collect();
            let Some(story) = self.random.pick(&fits).copied() else {
                continue;
            };
            let model = self.models.stories.get(story).ok_or("a story is missing")?;
            let kinds = self.models.units.len();
            let of_the_kind = (self.units.len() - model.unit).div_ceil(kinds);
            let unit = model.unit + kinds * usize::try_from(self.random.below(u64::try_from(of_the_kind)?))?;
            if model.merged_into.is_none() || self.latest.get(unit).copied().flatten().is_some() {
                return Ok((story, unit));
            }
        }
        Err("no story fits".into())
    }

    /// The status to end with; nothing for one of the open ones.
    fn status(&mut self, shares: &[(&'static str, u64)]) -> Option<&'static str> {
        let mut place = self.random.below(1000);
        for (status, share) in shares {
            if place < *share {
                return Some(status);
            }
            place -= share;
        }
        None
    }
}

fn day_of(micros: i64) -> Result<Day, Trouble> {
    Ok(Instant::from_micros(micros)
        .ok_or("a moment lies outside the calendar")?
        .day())
}

/// When the copy's first clock ends. Working days differ from year to year, so the model cannot tell.
fn due(model: &Model, copy: &Copy<'_>, days: &Days, policy: &Policy) -> Result<Day, Trouble> {
    if matches!(model.status.as_str(), "closed" | "dismissed" | "merged") {
        return Ok(Day::NEVER);
    }
    let hazard: Hazard = serde_json::from_str(&model.document.text(copy, Link::default(), days))?;
    Ok(deadlines::next_due_on(&hazard.clocks, policy.calendar()).unwrap_or(Day::NEVER))
}

fn tokens(model: &Model, copy: &Copy<'_>, days: &Days) -> String {
    let [title, description, address] = &model.searched;
    let text = |pattern: &super::pattern::Pattern| pattern.text(copy, Link::default(), days);
    hazards::search_tokens(&[text(title), text(description), text(address), copy.unit.name.clone()])
}

/// Writes every row of a copy; each event is bound to the one before.
fn write(batch: &mut Batch, model: &Model, copy: &Copy<'_>, mut computed: Computed, days: &Days, random: &mut Random) {
    for (table, cells) in &model.rows {
        if let Some(values) = batch.values.get_mut(*table) {
            values.extend(cells.iter().map(|cell| cell.value(copy, &computed, days)));
        }
    }
    for chain in &model.chains {
        computed.link.previous = None;
        for event in chain {
            computed.link.salt = random.bytes();
            computed.hash = Sha256::digest(event.envelope.text(copy, computed.link, days).as_bytes()).into();
            if let Some(values) = batch.values.get_mut(EVENTS) {
                values.extend(event.cells.iter().map(|cell| cell.value(copy, &computed, days)));
            }
            computed.link.previous = Some(computed.hash);
        }
    }
}
