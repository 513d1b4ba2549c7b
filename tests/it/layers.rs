//! The house stands: who may import what, which crate may be named where, and how large a file may grow.
//!
//! The rules are those of `ARCHITECTURE.md`. A new floor, room or file of the roof gets its place in [`HOUSE`] or
//! [`ROOF`]; a new crate that belongs to one place gets its row in [`CRATES`].

use crate::support::source::{NamedPath, SourceFile, files, is_identifier};

/// Floors and rooms from the ground up. What stands on one line does not know each other.
const HOUSE: &[&[&str]] = &[
    &["values"],
    &["law"],
    &["store"],
    &["web"],
    &["journal"],
    &["authorities", "standards", "enterprises", "attachments", "notices"],
    &["hazards", "checklists"],
    &["notices", "self_checks", "inspections", "tips"],
    &[
        "certificates",
        "transparency",
        "accountability",
        "statistics",
        "changes",
        "subscriptions",
        "sync",
    ],
];

/// Floors, which every level above may open anywhere; all else in [`HOUSE`] are rooms with one door.
const FLOORS: &[&str] = &["values", "law", "store", "web"];

/// The roof: imports everything and is imported by nobody else.
const ROOF: &[&str] = &[
    "api",
    "background",
    "batch",
    "cli",
    "config",
    "dictionaries",
    "lifecycle_api",
    "logging",
    "pages",
    "sample",
    "server",
];

/// A crate or a module of `std`, where it may be named, and why nowhere else.
struct Rule {
    path: &'static [&'static str],
    allowed: fn(&SourceFile) -> bool,
    reason: &'static str,
}

const CRATES: &[Rule] = &[
    Rule {
        path: &["diesel"],
        allowed: |file| in_folder(file, "store") || file.name() == "store.rs" || is_list_of_hazards(file),
        reason: "SQL is spoken in `src/store/`, in files named `store.rs` and in the list of hazards",
    },
    Rule {
        path: &["diesel_migrations"],
        allowed: |file| in_folder(file, "store"),
        reason: "migrations are applied by `src/store/migrate.rs`",
    },
    Rule {
        path: &["actix_web"],
        allowed: speaks_http,
        reason: "HTTP is spoken in `src/web/`, in files named `http.rs` and by the roof",
    },
    Rule {
        path: &["actix_http"],
        allowed: |file| is(file, "src/batch/door.rs"),
        reason: "requests are made by the server; the door of batches is the only other place",
    },
    Rule {
        path: &["actix_service"],
        allowed: |file| is(file, "src/batch/door.rs"),
        reason: "services are made by the server; the door of batches is the only other place",
    },
    Rule {
        path: &["utoipa_actix_web"],
        allowed: speaks_http,
        reason: "routes are registered in files named `http.rs` and by the roof",
    },
    Rule {
        path: &["utoipa"],
        allowed: |file| {
            speaks_http(file)
                || matches!(file.name(), "view.rs" | "bodies.rs" | "model.rs")
                || file.path.contains("/bodies/")
                || file.path.contains("/view/")
        },
        reason: "shapes of the wire are described in `view.rs`, `view/`, `bodies.rs`, `bodies/` and `model.rs`",
    },
    Rule {
        path: &["crate", "web"],
        allowed: speaks_http,
        reason: "a use case runs from the command line as from HTTP; only `http.rs` and the roof know the web",
    },
    Rule {
        path: &["jsonwebtoken"],
        allowed: |file| in_folder(file, "web"),
        reason: "tokens are read by `src/web/tokens.rs`",
    },
    Rule {
        path: &["reqwest"],
        allowed: |file| is(file, "src/subscriptions/send.rs"),
        reason: "what calls others from inside the network stands in one file, behind its gate",
    },
    Rule {
        path: &["aws_lc_rs"],
        allowed: |file| in_folder(file, "tips/vault") || is(file, "src/transparency/keys.rs"),
        reason: "what is sealed is sealed by `src/tips/vault/`, and the log is signed by `src/transparency/keys.rs`",
    },
    Rule {
        path: &["argon2"],
        allowed: |file| is(file, "src/tips/passphrase.rs"),
        reason: "passphrases are hashed by `src/tips/passphrase.rs`",
    },
    Rule {
        path: &["img_parts"],
        allowed: |file| is(file, "src/tips/photo.rs"),
        reason: "photographs are stripped by `src/tips/photo.rs`",
    },
    Rule {
        path: &["image"],
        allowed: |file| is(file, "src/attachments/thumbnails/mod.rs"),
        reason: "photographs are made small by `src/attachments/thumbnails/`",
    },
    Rule {
        path: &["exif"],
        allowed: |file| is(file, "src/attachments/exposure.rs"),
        reason: "what a camera wrote is read by `src/attachments/exposure.rs`",
    },
    Rule {
        path: &["std", "fs"],
        allowed: |file| !is_pure(file),
        reason: "values and law open no file",
    },
    Rule {
        path: &["std", "env"],
        allowed: |file| !is_pure(file),
        reason: "values and law read no environment",
    },
    Rule {
        path: &["std", "net"],
        allowed: |file| !is_pure(file),
        reason: "values and law know no network",
    },
    Rule {
        path: &["std", "time"],
        allowed: |file| !is_pure(file) || is(file, "src/values/clock.rs"),
        reason: "values and law are told the time; only `src/values/clock.rs` reads it",
    },
    Rule {
        path: &["tokio"],
        allowed: |file| !is_pure(file),
        reason: "values and law are plain functions",
    },
];

/// Names that say nothing about what a file is for.
const DRAWERS: &[&str] = &["util", "common", "helper", "misc"];

/// The end of a file's growth.
const LINES: usize = 600;

#[test]
fn imports_go_down_only() {
    let mut faults = Vec::new();
    for file in files("src") {
        let unit = unit(&file).to_owned();
        if matches!(unit.as_str(), "lib" | "main") {
            continue;
        }
        let Some(own) = level(&unit) else {
            faults.push(format!(
                "{}: `{unit}` has no place in the house; give it one in `tests/it/layers.rs`",
                file.path
            ));
            continue;
        };
        for path in crate_paths(&file) {
            let Some(target) = path.segments.get(1).filter(|target| is_identifier(target)) else {
                continue;
            };
            let fine = match level(target) {
                Some(level) => *target == unit || level < own || (level == own && own == HOUSE.len()),
                // A name that is no module of the root, such as a macro; the compiler knows it.
                None => true,
            };
            if !fine {
                faults.push(format!(
                    "{}:{}: `{unit}` may not know `{target}`, which does not stand below it",
                    file.path, path.line
                ));
            }
        }
    }
    none(&faults);
}

#[test]
fn a_room_is_entered_by_its_door() {
    let mut faults = Vec::new();
    for file in files("src") {
        let unit = unit(&file).to_owned();
        let is_room = HOUSE.iter().any(|line| line.contains(&unit.as_str())) && !FLOORS.contains(&unit.as_str());
        if is_room && file.name() == "mod.rs" {
            let opened = (0..file.words.len())
                .filter(|at| file.text(*at) == "mod" && *at > 0)
                .filter(|at| {
                    let before = file.text(at - 1);
                    before == "pub" || before == ")"
                });
            faults.extend(opened.map(|at| {
                format!(
                    "{}:{}: `mod {}` of a room is private; export what others need with `pub use`",
                    file.path,
                    file.words[at].line,
                    file.text(at + 1)
                )
            }));
        }
        for path in file.paths().iter().filter(|path| contains(path, &["super", "super"])) {
            faults.push(format!(
                "{}:{}: `super::super` hides what is imported; write `crate::`",
                file.path, path.line
            ));
        }
    }
    none(&faults);
}

#[test]
fn a_crate_is_named_only_where_it_belongs() {
    let mut faults = Vec::new();
    for file in files("src") {
        let paths = file.paths();
        for rule in CRATES.iter().filter(|rule| !(rule.allowed)(&file)) {
            for path in paths.iter().filter(|path| starts_with(path, rule.path)) {
                faults.push(format!(
                    "{}:{}: `{}`: {}",
                    file.path,
                    path.line,
                    rule.path.join("::"),
                    rule.reason
                ));
            }
        }
    }
    none(&faults);
}

/// Scope is compiled into every query of the ledger in one room; a query from elsewhere would skip it.
#[test]
fn the_ledger_is_queried_in_its_own_room() {
    let mut faults = Vec::new();
    for file in files("src") {
        if in_folder(&file, "hazards") || is(&file, "src/attachments/store.rs") || is(&file, "src/store/schema.rs") {
            continue;
        }
        for path in file
            .paths()
            .iter()
            .filter(|path| contains(path, &["schema", "hazards"]))
        {
            faults.push(format!(
                "{}:{}: `schema::hazards` is named outside its room",
                file.path, path.line
            ));
        }
        for path in file
            .paths()
            .iter()
            .filter(|path| contains(path, &["schema", "hazard_measures"]) && !in_folder(&file, "statistics"))
        {
            faults.push(format!(
                "{}:{}: `schema::hazard_measures` is named outside the ledger and the statistics",
                file.path, path.line
            ));
        }
        for path in file.paths().iter().filter(|path| contains(path, &["schema", "*"])) {
            faults.push(format!(
                "{}:{}: `schema::*` brings the ledger along; name the tables",
                file.path, path.line
            ));
        }
    }
    none(&faults);
}

/// No change of state without a decision: the row moves only for a permit, and a permit is used up by it.
#[test]
fn the_ledger_moves_only_by_a_permit() {
    let store = files("src/hazards")
        .into_iter()
        .find(|file| is(file, "src/hazards/store.rs"))
        .expect("src/hazards/store.rs");
    let words: Vec<&str> = store.words.iter().map(|word| word.text.as_str()).collect();
    let at = words
        .windows(2)
        .position(|pair| pair == ["fn", "advance"])
        .expect("`fn advance` in src/hazards/store.rs");
    let signature: Vec<&str> = words[at..].iter().copied().take_while(|word| *word != "{").collect();
    assert!(
        signature.windows(3).any(|three| three == ["permit", ":", "Permit"]),
        "`advance` takes its `Permit` by value: {}",
        signature.join(" ")
    );
}

#[test]
fn files_stay_small_and_are_named_for_what_they_are() {
    let mut faults = Vec::new();
    for file in files("src").into_iter().chain(files("tests")) {
        if file.lines > LINES {
            faults.push(format!(
                "{}: {} lines; {LINES} is the end, split it by subject",
                file.path, file.lines
            ));
        }
        let drawer = file
            .path
            .split(['/', '.'])
            .find(|part| DRAWERS.iter().any(|drawer| part.starts_with(drawer)));
        if let Some(drawer) = drawer {
            faults.push(format!("{}: `{drawer}` says nothing about what is in it", file.path));
        }
    }
    none(&faults);
}

/// Paths of this crate; `super::` of a file in a room stays in the room and needs no judge.
fn crate_paths(file: &SourceFile) -> Vec<NamedPath> {
    file.paths()
        .into_iter()
        .filter(|path| path.segments[0] == "crate")
        .collect()
}

/// The floor, room or file of the roof that a file belongs to.
fn unit(file: &SourceFile) -> &str {
    let below = file.path.strip_prefix("src/").unwrap_or(&file.path);
    below.split(['/', '.']).next().unwrap_or(below)
}

fn level(unit: &str) -> Option<usize> {
    HOUSE
        .iter()
        .position(|line| line.contains(&unit))
        .or_else(|| ROOF.contains(&unit).then_some(HOUSE.len()))
}

fn speaks_http(file: &SourceFile) -> bool {
    in_folder(file, "web") || file.name() == "http.rs" || file.path.contains("/http/") || ROOF.contains(&unit(file))
}

fn is_pure(file: &SourceFile) -> bool {
    in_folder(file, "values") || in_folder(file, "law")
}

fn in_folder(file: &SourceFile, folder: &str) -> bool {
    file.path.starts_with(&format!("src/{folder}/"))
}

fn is_list_of_hazards(file: &SourceFile) -> bool {
    is(file, "src/hazards/list.rs") || in_folder(file, "hazards/list")
}

fn is(file: &SourceFile, path: &str) -> bool {
    file.path == path
}

fn starts_with(path: &NamedPath, wanted: &[&str]) -> bool {
    path.segments.len() >= wanted.len()
        && path
            .segments
            .iter()
            .zip(wanted)
            .all(|(segment, wanted)| segment == wanted)
}

fn contains(path: &NamedPath, wanted: &[&str]) -> bool {
    path.segments.windows(wanted.len()).any(|part| part == wanted)
}

fn none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}
