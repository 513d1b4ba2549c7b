//! What a decision, a history and its hashes cost, without HTTP and without a database.

use std::hint::black_box;

use criterion::Criterion;
use major_hazards::hazards::{self, ActionBody, Entry};
use major_hazards::journal;
use major_hazards::law::decide::{Question, advise, decide};
use major_hazards::law::facts::BodyFacts;
use major_hazards::law::lifecycle::Action;

use super::story::Story;

/// Every bench of this file.
pub fn benches(criterion: &mut Criterion, story: &Story) {
    law(criterion, story);
    history(criterion, story);
    bodies(criterion);
}

fn law(criterion: &mut Criterion, story: &Story) {
    let facts = story.found.hazard.facts(&story.policy);
    let body = BodyFacts::default();
    let question = Question {
        hazard: &facts,
        caller: &story.regulator,
        action: Action::Remark,
        body: Some(&body),
        now: story.now,
        policy: &story.policy,
    };
    criterion.bench_function("facts of a hazard", |bench| {
        bench.iter(|| black_box(&story.found.hazard).facts(&story.policy));
    });
    criterion.bench_function("decide on an action", |bench| {
        bench.iter(|| decide(black_box(&question)));
    });
    criterion.bench_function("advise on every action", |bench| {
        bench.iter(|| advise(black_box(&facts), &story.regulator, story.now, &story.policy));
    });
}

fn history(criterion: &mut Criterion, story: &Story) {
    let events = story.history.len();
    criterion.bench_function(&format!("fold {events} events"), |bench| {
        bench.iter(|| hazards::fold(black_box(&story.history).iter().map(Entry::from)));
    });
    criterion.bench_function("hash an event", |bench| {
        bench.iter(|| journal::verify(black_box(story.history.get(..1).unwrap_or_default())));
    });
    criterion.bench_function(&format!("verify a chain of {events} events"), |bench| {
        bench.iter(|| journal::verify(black_box(&story.history)));
    });
}

fn bodies(criterion: &mut Criterion) {
    let plan = hazards::sample(Action::SubmitPlan);
    criterion.bench_function("check the body of a plan", |bench| {
        bench.iter_batched(
            || plan.clone(),
            |plan| ActionBody::read(Action::SubmitPlan, plan),
            criterion::BatchSize::SmallInput,
        );
    });
}
