//! A filter as memory asks it of a hazard, where no row stands as the hazard did: what `asked.rs` asks in the language of the
//! engines. `tests/it/hazards/past.rs` holds the two against each other.

use super::{Filter, Key, Place, Sort};
use crate::hazards::model::Hazard;
use crate::law::lifecycle::State;
use crate::values::{Day, Instant, Prefix, Vocabulary};

impl Filter {
    /// What of it never changes of a hazard that was on record at that moment.
    #[must_use]
    pub fn lasting(&self, moment: Instant) -> Self {
        let day = moment.day();
        Self {
            source: self.source.clone(),
            area: self.area.clone(),
            industry: self.industry.clone(),
            enterprise: self.enterprise.clone(),
            uscc: self.uscc.clone(),
            reported_from: self.reported_from,
            reported_to: Some(self.reported_to.map_or(day, |to| to.min(day))),
            ..Self::default()
        }
    }

    /// Whether a hazard meets it whose next clock ends on that day, [`Day::NEVER`] for none. Words are not looked for.
    pub fn is_met_by(&self, hazard: &Hazard, next_due_on: Day) -> bool {
        self.is_met_by_place(hazard) && self.is_met_by_standing(hazard) && self.is_met_by_days(hazard, next_due_on)
    }

    fn is_met_by_place(&self, hazard: &Hazard) -> bool {
        let area = |prefix: &_| Prefix::contains(prefix, hazard.area.as_str());
        let industry = |prefix: &_| Prefix::contains(prefix, hazard.industry.as_str());
        one_of(&self.source, |source| *source == hazard.source)
            && one_of(&self.area, area)
            && one_of(&self.industry, industry)
            && one_of(&self.enterprise, |id| *id == hazard.enterprise_id)
            && one_of(&self.uscc, |uscc| *uscc == hazard.uscc)
    }

    fn is_met_by_standing(&self, hazard: &Hazard) -> bool {
        let order = hazard.supervision.as_ref();
        one_of(&self.status, |state| *state == hazard.status)
            && one_of(&self.campaign, |campaign| hazard.campaigns.contains(campaign))
            && one_of(&self.criterion, |criterion| hazard.criteria.contains(criterion))
            && one_of(&self.kind, |kind| order.is_some_and(|order| order.kind == *kind))
            && one_of(&self.level, |level| order.is_some_and(|order| order.level == *level))
            && one_of(&self.authority, |code| hazard.authority() == Some(code.as_str()))
            && one_of(&self.escalation, |rung| rung == hazard.escalation.code())
            && one_of(&self.production, |production| *production == hazard.production)
    }

    fn is_met_by_days(&self, hazard: &Hazard, next_due_on: Day) -> bool {
        let running = hazard.status.is_open() && next_due_on < Day::NEVER;
        let closed = hazard.closed_at.filter(|_| hazard.status == State::Closed);
        let late = match self.overdue {
            Some((true, today)) => running && next_due_on < today,
            Some((false, today)) => next_due_on >= today,
            None => true,
        };
        late && self.due_before.is_none_or(|day| running && next_due_on <= day)
            && self.due_after.is_none_or(|day| running && next_due_on >= day)
            && self.reported_from.is_none_or(|day| hazard.reported_at >= day.start())
            && self.reported_to.is_none_or(|day| hazard.reported_at <= day.end())
            && self
                .closed_from
                .is_none_or(|day| closed.is_some_and(|at| at >= day.start()))
            && self
                .closed_to
                .is_none_or(|day| closed.is_some_and(|at| at <= day.end()))
            && self.updated_after.is_none_or(|moment| hazard.updated_at > moment)
            && self.updated_before.is_none_or(|moment| hazard.updated_at < moment)
    }
}

/// Whether one of some alternatives holds; where there are none, nothing is asked.
fn one_of<T>(alternatives: &[T], holds: impl Fn(&T) -> bool) -> bool {
    alternatives.is_empty() || alternatives.iter().any(holds)
}

impl Place {
    /// The place of a hazard in an order that stands still.
    pub fn of(hazard: &Hazard, sort: Sort) -> Self {
        let key = match sort {
            Sort::Number | Sort::NumberDown => Key::Number(hazard.number),
            Sort::ReportedAt
            | Sort::ReportedAtDown
            | Sort::UpdatedAt
            | Sort::UpdatedAtDown
            | Sort::DueOn
            | Sort::DueOnDown => Key::At(hazard.reported_at),
        };
        Self { key, id: hazard.id }
    }
}
