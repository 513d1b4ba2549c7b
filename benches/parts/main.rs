//! What the parts of the service cost inside one process: `cargo bench`. See `tests/load/README.md`.

mod law;
mod story;
mod web;

use criterion::Criterion;

use story::{Story, Trouble};

fn main() -> Result<(), Trouble> {
    let story = Story::read()?;
    let mut criterion = Criterion::default().configure_from_args();
    law::benches(&mut criterion, &story);
    web::benches(&mut criterion, &story)?;
    criterion.final_summary();
    Ok(())
}
