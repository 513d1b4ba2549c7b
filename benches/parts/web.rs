//! What the parts of a request cost: token, body, cursor, answer.

use std::hint::black_box;

use criterion::{BatchSize, Criterion};
use major_hazards::hazards::{self, HazardView, ReportBody, Viewing};
use major_hazards::law::lifecycle::Action;
use major_hazards::store::CursorSeal;
use major_hazards::values::{Language, Secret};
use major_hazards::web::body;
use major_hazards::web::tokens::{TokenSettings, Tokens};

use super::story::{Story, Trouble};

/// Every bench of this file.
pub fn benches(criterion: &mut Criterion, story: &Story) -> Result<(), Trouble> {
    tokens(criterion, story)?;
    report(criterion)?;
    cursors(criterion, story)?;
    views(criterion, story)
}

fn tokens(criterion: &mut Criterion, story: &Story) -> Result<(), Trouble> {
    let settings = TokenSettings {
        secret: Some(Secret::new(b"a secret for the benches alone, long enough".to_vec())),
        ..TokenSettings::default()
    };
    let tokens = Tokens::new(settings.clone())?;
    let token = tokens
        .mint(&story.regulator, story.now, 3600)?
        .ok_or("no token was signed")?;
    tokens.verify(&token, story.now)?;
    criterion.bench_function("verify a token that is remembered", |bench| {
        bench.iter(|| tokens.verify(black_box(&token), story.now));
    });
    criterion.bench_function("verify a token for the first time", |bench| {
        bench.iter_batched(
            || Tokens::new(settings.clone()),
            |tokens| tokens.map(|tokens| tokens.verify(black_box(&token), story.now)),
            BatchSize::SmallInput,
        );
    });
    Ok(())
}

fn report(criterion: &mut Criterion) -> Result<(), Trouble> {
    let bytes = serde_json::to_vec(&hazards::sample(Action::Report))?;
    body::parse::<ReportBody>(&bytes).map_err(|problem| format!("the sample is {}", problem.code()))?;
    criterion.bench_function("read the body of a report", |bench| {
        bench.iter(|| body::parse::<ReportBody>(black_box(&bytes)));
    });
    Ok(())
}

fn cursors(criterion: &mut Criterion, story: &Story) -> Result<(), Trouble> {
    let seal = CursorSeal::new([7; 32]);
    let list = "GET /v1/hazards?status=closed&area=370303 -reported_at";
    let place = (story.now, story.found.hazard.id);
    let cursor = seal.seal(list, &place)?;
    criterion.bench_function("seal a cursor", |bench| {
        bench.iter(|| seal.seal(black_box(list), black_box(&place)));
    });
    criterion.bench_function("open a cursor", |bench| {
        bench.iter(|| {
            seal.open::<(major_hazards::values::Instant, major_hazards::values::HazardId)>(list, black_box(&cursor))
        });
    });
    Ok(())
}

fn views(criterion: &mut Criterion, story: &Story) -> Result<(), Trouble> {
    for (name, with_actions) in [("show a hazard", false), ("show a hazard with its actions", true)] {
        let viewing = Viewing {
            caller: &story.regulator,
            now: story.now,
            policy: &story.policy,
            language: Language::Chinese,
            with_actions,
        };
        criterion.bench_function(name, |bench| {
            bench.iter_batched(
                || story.found.clone(),
                |found| serde_json::to_vec(&HazardView::of(found, viewing)),
                BatchSize::SmallInput,
            );
        });
    }
    let document = serde_json::to_string(&story.found.hazard)?;
    criterion.bench_function("read a hazard from its document", |bench| {
        bench.iter(|| serde_json::from_str::<hazards::Hazard>(black_box(&document)));
    });
    Ok(())
}
