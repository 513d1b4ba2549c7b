//! What the service does beside the requests every few seconds, done at once and to the end, as the node's clock and
//! policy have it.
//!
//! The service goes on doing it by itself meanwhile. A row that it holds is passed over, so each is done until nothing
//! is left to do.

use diesel::dsl::count_star;
use diesel::prelude::*;
use major_hazards::hazards::{follow_policy, remind};
use major_hazards::law::policy::Policy;
use major_hazards::store::schema::{hazard_measures, hazards, policies};
use major_hazards::store::{Connection, StoreError};
use major_hazards::values::Instant;

use super::app::App;

impl App {
    /// Serves the reminders that are owed by now.
    pub fn remind(&self) {
        remind_at(&mut self.connect(), self.policy(), self.clock().now());
    }

    /// Computes again the deadlines that were computed under another policy.
    pub fn follow_policy(&self) {
        let (policy, now) = (self.policy(), self.clock().now());
        to_the_end(
            &mut self.connect(),
            |connection| follow_policy(connection, policy, now, [7; 16]),
            |connection| behind(connection, policy),
        );
    }
}

/// Serves the reminders that are owed by `now`, as a node with that clock does.
pub fn remind_at(connection: &mut Connection, policy: &Policy, now: Instant) {
    to_the_end(
        connection,
        |connection| remind(connection, policy, now, [7; 16]),
        |connection| to_remind(connection, now),
    );
}

/// How many hazards somebody has to look at by now.
fn to_remind(connection: &mut Connection, now: Instant) -> Result<i64, StoreError> {
    let due = hazards::table.filter(hazards::remind_on.le(now.day()));
    Ok(due.select(count_star()).get_result(connection)?)
}

/// How many hazards do not follow the policy; none where another one is in force.
fn behind(connection: &mut Connection, policy: &Policy) -> Result<i64, StoreError> {
    let adopted_last = policies::table.order((policies::adopted.desc(), policies::mark.desc()));
    let in_force: i64 = adopted_last.select(policies::mark).first(connection)?;
    if in_force != policy.mark().0 {
        return Ok(0);
    }
    let behind = hazard_measures::table.filter(hazard_measures::reckoned_by.ne(in_force));
    Ok(behind.select(count_star()).get_result(connection)?)
}

fn to_the_end(
    connection: &mut Connection,
    some: impl Fn(&mut Connection) -> Result<usize, StoreError>,
    left: impl Fn(&mut Connection) -> Result<i64, StoreError>,
) {
    loop {
        connection.begin_write().expect("a transaction");
        let done = some(connection).expect("it is done");
        connection.commit().expect("it is kept");
        if done == 0 && left(connection).expect("what is left is counted") == 0 {
            return;
        }
    }
}
