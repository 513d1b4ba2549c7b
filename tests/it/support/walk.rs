//! A list to its end, page by page.

use serde_json::Value;

use super::app::App;
use super::caller::Caller;

/// Every item of the list at `path`, which may hold a query.
pub async fn walk(app: &App, path: &str, caller: &Caller) -> Vec<Value> {
    let joint = if path.contains('?') { '&' } else { '?' };
    let first = format!("{path}{joint}limit=200");
    let (mut items, mut next) = (Vec::new(), first.clone());
    loop {
        let page = app.get(next).as_(caller).send().await.expect_status(200).json();
        items.extend(page["items"].as_array().expect("a page").iter().cloned());
        match page["next_cursor"].as_str() {
            Some(cursor) => next = format!("{first}&cursor={cursor}"),
            None => return items,
        }
    }
}
