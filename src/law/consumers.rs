//! What nothing would ever act on. A rung that nobody may climb, a reminder of a clock that nothing starts, or the text of
//! a notice that nothing serves is a promise that the service does not keep.

use super::ladder::Ladder;
use super::lifecycle::{Action, ClockEffect, ClockKind, Escalation, NoticeKind, Transition};
use crate::values::Vocabulary;

/// What nothing consumes, in words: rungs that no row of the table leads to, reminders that no clock asks for, notices
/// that neither a row nor a reminder serves.
pub fn unconsumed(ladder: &Ladder, table: &[Transition]) -> Vec<String> {
    let escalations: Vec<&Transition> = table.iter().filter(|row| row.action == Action::Escalate).collect();
    let may = escalations
        .iter()
        .any(|row| !row.from.is_empty() && !row.roles.is_empty());
    let served = escalations.iter().all(|row| row.notice == Some(NoticeKind::Escalation));
    let climbed: Vec<Escalation> =
        std::iter::successors(Some(Escalation::default()), |rung| rung.next().map(Escalation::from)).collect();
    let mut unconsumed = Vec::new();
    for rung in ladder.rungs() {
        let code = rung.rung.code();
        if !may {
            unconsumed.push(format!("nobody may climb to the rung `{code}`"));
        } else if !climbed.contains(&Escalation::from(rung.rung)) {
            unconsumed.push(format!("no rung leads up to `{code}`"));
        } else if !served {
            unconsumed.push(format!("the rung `{code}` is served on nobody"));
        }
    }
    let starts = |kind: ClockKind| {
        let rows = table.iter().flat_map(|row| row.clocks);
        rows.into_iter().any(|effect| *effect == ClockEffect::Start(kind))
    };
    for kind in ClockKind::ALL.iter().copied().filter(|kind| !starts(*kind)) {
        let what = if kind.is_of_unit() {
            "reminders of"
        } else {
            "the length of"
        };
        unconsumed.push(format!(
            "nothing starts the clock `{}`, so {what} it come to nothing",
            kind.code()
        ));
    }
    let is_served = |kind: NoticeKind| kind.is_reminder() || table.iter().any(|row| row.notice == Some(kind));
    for kind in NoticeKind::ALL.iter().filter(|kind| !is_served(**kind)) {
        unconsumed.push(format!("nothing serves the notice `{}`", kind.code()));
    }
    unconsumed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::lifecycle::TABLE;
    use crate::law::policy::Policy;

    fn told(table: &[Transition]) -> Vec<String> {
        unconsumed(Policy::embedded().unwrap().ladder(), table)
    }

    fn changed(change: impl Fn(&mut Transition)) -> Vec<Transition> {
        let mut table = TABLE.to_vec();
        table.iter_mut().for_each(change);
        table
    }

    #[test]
    fn everything_in_the_shipped_policy_is_acted_on() {
        assert_eq!(told(TABLE), Vec::<String>::new());
    }

    #[test]
    fn a_rung_that_nobody_may_climb_or_nobody_is_told_of_is_named() {
        let nobody = changed(|row| {
            if row.action == Action::Escalate {
                row.roles = &[];
            }
        });
        assert_eq!(told(&nobody).len(), 4);
        assert_eq!(told(&nobody)[0], "nobody may climb to the rung `letter`");
        let gone: Vec<Transition> = TABLE
            .iter()
            .copied()
            .filter(|row| row.action != Action::Escalate)
            .collect();
        assert_eq!(told(&gone).len(), 5);
        assert_eq!(told(&gone)[4], "nothing serves the notice `escalation`");
        let silent = changed(|row| {
            if row.action == Action::Escalate {
                row.notice = None;
            }
        });
        assert_eq!(told(&silent)[3], "the rung `exposure` is served on nobody");
    }

    #[test]
    fn a_reminder_of_a_clock_that_nothing_starts_is_named() {
        let stopped = changed(|row| {
            if row.clocks.contains(&ClockEffect::Start(ClockKind::Plan)) {
                row.clocks = &[];
            }
        });
        assert!(
            told(&stopped).contains(&"nothing starts the clock `plan`, so reminders of it come to nothing".to_owned())
        );
    }

    #[test]
    fn the_text_of_a_notice_that_nothing_serves_is_named() {
        let silent = changed(|row| {
            if row.notice == Some(NoticeKind::PlanReturned) {
                row.notice = None;
            }
        });
        assert_eq!(told(&silent), ["nothing serves the notice `plan_returned`"]);
    }
}
