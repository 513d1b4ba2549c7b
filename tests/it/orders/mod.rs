//! The calls of five phones end in one state, in whatever order they come.
//!
//! Five inspectors were without a network for a day and send what they recorded: five hundred calls, each phone's in the
//! order in which they were made, and those of different phones in any. Some are sent twice, at once or much later, some
//! go together as a batch, and in some runs the service is killed while it works. For every order, all that can be read
//! afterwards must be the same.
//!
//! What is compared (`state.rs`): every hazard with its history, every inspection, the bytes of every piece of evidence,
//! notices, statistics, and what a phone with nothing is handed; of these everything but what the service itself gives
//! out: its own ids, numbers, moments, deadlines counted from them, salts and hashes. What the phones chose stays.
//!
//! Calls about a thing of the phone's own do not meet another's, so the order cannot matter. Two kinds do meet:
//! - Everybody remarks on the same hazards, with the version that the phone saw. Whoever comes late is refused, told what
//!   happened since, and says it again on the version that was told. So every remark is on record once; which stands
//!   first is for the order to say, so a history is compared as a set.
//! - Two inspectors stood before the same hazard and both recorded the review. One is taken. The other is told of just that
//!   review and is not sent again. Both say the same, so all that the order decides is who recorded it; that name is
//!   replaced by the pair's.
//!
//! All of it: `HAZARDS_TEST_ORDERS=1000 cargo test --test it orders:: -- --nocapture`; `HAZARDS_TEST_SEED` draws others.

mod calls;
mod play;
mod state;

use std::rc::Rc;
use std::time::Instant;

use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::seed::{Random, number_from};
use calls::World;
use play::Played;
use state::State;

const ORDERS: u32 = 3;
/// In one run of so many the service is killed.
const CRASHES: u64 = 10;

on_both_databases! {
    fn the_calls_of_five_phones_end_in_one_state_in_whatever_order_they_come(database: Database) {
        let database = Rc::new(database);
        let orders = number_from("HAZARDS_TEST_ORDERS", ORDERS);
        let mut random = Random::of_this_run();
        let begun = Instant::now();
        actix_web::rt::System::new().block_on(async {
            let world = World::prepare(&database).await;
            let mut first: Option<State> = None;
            let mut total = Played::default();
            for order in 0..orders {
                let copy = Rc::new(calls::copy_of(&database));
                // The second is killed whatever is drawn, so that a small run holds one.
                let crashes = order == 1 || random.one_in(CRASHES);
                let (played, state) = play::play(&copy, &world, random.fork(), crashes).await;
                total.add(&played);
                let first = first.get_or_insert_with(|| state.clone());
                let differences = first.differences(&state);
                assert!(differences.is_empty(), "order {order}:\n{}", differences.join("\n"));
            }
            let digest = first.map(|state| state.digest()).unwrap_or_default();
            eprintln!("{orders} orders in {:?}: {total:?}, one state {digest}", begun.elapsed());
        });
    }
}
