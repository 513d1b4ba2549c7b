//! What the service proves, as `examples/verify_log.py` sees it: a second reader, in another language, that knows the
//! formats and not this code.

use std::path::Path;
use std::process::Command;

use major_hazards::law::lifecycle::Action;
use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::on_both;
use crate::support::source::root;

on_both! {
    async fn a_script_verifies_what_is_proven_and_nothing_else(app: App) {
        let mut hazard = app.hazard().await;
        app.write_log().await;
        let kept = app.get("/v1/log/checkpoint").send().await.expect_status(200).text();
        let size = kept.lines().nth(1).expect("a size").to_owned();
        app.advance(&mut hazard, Action::Confirm).await;
        app.hazard().await;
        app.write_log().await;
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("kept"), &kept).expect("it is kept");
        let keys = app.get("/.well-known/jwks.json").send().await.json();
        let key = keys["keys"][0]["note_key"].as_str().expect("a key");
        let ask = |proof: &Value| asked(folder.path(), key, proof);

        let proof = app.get(format!("/v1/log/proof?hazard={}", hazard.id)).as_(&Caller::auditor()).send().await.json();
        assert_eq!(ask(&proof).expect("it holds"), "2 events are in the log of 4 entries\n");
        let growth = app.get(format!("/v1/log/proof?from={size}")).send().await.json();
        assert_eq!(
            ask(&growth).expect("it holds"),
            "the log of 4 entries begins with the one of 2 that was kept\n"
        );
        for (pointer, other) in [
            ("/items/0/entry", &proof["items"][1]["entry"]),
            ("/items/0/index", &json!(3)),
            ("/items/1/path/0", &proof["items"][1]["entry"]),
            ("/items/1/path", &json!([])),
            ("/checkpoint", &json!(kept)),
            ("/checkpoint", &json!(proof["checkpoint"].as_str().expect("a note").replace("\n4\n", "\n5\n"))),
        ] {
            let mut changed = proof.clone();
            *changed.pointer_mut(pointer).expect("a member") = other.clone();
            let said = ask(&changed).expect_err(pointer);
            assert!(said.starts_with("WRONG: "), "{pointer}: {said}");
        }
        let mut changed = growth.clone();
        changed["growth"]["path"][0] = proof["items"][0]["entry"].clone();
        let said = ask(&changed).expect_err("another path");
        assert!(said.contains("it was rewritten"), "{said}");
    }
}

fn asked(folder: &Path, key: &str, proof: &Value) -> Result<String, String> {
    let file = folder.join("proof.json");
    std::fs::write(&file, proof.to_string()).expect("it is written");
    let output = Command::new("python3")
        .arg(root().join("examples/verify_log.py"))
        .args(["--key", key, "--kept"])
        .arg(folder.join("kept"))
        .arg(file)
        .output()
        .expect("the script needs `python3`");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(text(&output.stderr))
    }
}
