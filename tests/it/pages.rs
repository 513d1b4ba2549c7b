//! What is outside the ledger: health, metrics, code tables, the lifecycle, and the pages for people.

use major_hazards::web::problems;
use reqwest::Method;

use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::on_both;

on_both! {
    async fn health_readiness_and_metrics_need_no_token(app: App) {
        assert_eq!(app.get("/healthz").send().await.expect_status(200).json()["status"], "ok");
        let ready = app.get("/readyz").send().await.expect_status(200);
        assert_eq!(ready.json()["status"], "ready");
        app.clock().set("2031-01-06T01:00:00Z".parse().unwrap());
        let warned = app.get("/readyz").send().await.expect_status(200).json();
        assert!(warned["warnings"][0].as_str().unwrap().contains("2031"), "{warned}");
        let metrics = app.get("/metrics").send().await.expect_status(200).text();
        assert!(metrics.contains("hazards_http_requests_total{method=\"GET\",route=\"/readyz\",status=\"200\"} 2"), "{metrics}");
        assert!(metrics.trim_end().ends_with("# EOF"));
    }

    async fn only_an_operator_reads_what_is_counted_of_the_ledger(app: App) {
        let unit = app.enterprise().await;
        let of_the_ledger = ["route=\"/v1/", "hazards_transactions", "hazards_http_request_seconds"];
        for caller in Caller::of_every_role(&unit.uscc) {
            let told = app.get("/metrics").as_(&caller).send().await.expect_status(200).text();
            for word in of_the_ledger {
                assert_eq!(told.contains(word), caller.sub() == Caller::admin().sub(), "{word} as {}", caller.sub());
            }
        }
        let stranger = app.get("/metrics").send().await.expect_status(200).text();
        assert!(of_the_ledger.iter().all(|word| !stranger.contains(word)), "{stranger}");
        app.get("/metrics").header("authorization", "Bearer a.b.c").send().await.expect_status(401).problem("invalid_token");
    }

    async fn what_can_be_read_can_be_asked_for_its_head(app: App) {
        let head = app.request(Method::HEAD, "/healthz").send().await.expect_status(200);
        assert!(head.body.is_empty());
        app.request(Method::HEAD, "/v1/hazards").send().await.expect_status(401).done();
        let refused = app.request(Method::DELETE, "/v1/hazards").send().await.expect_status(405);
        assert_eq!(refused.header("allow"), Some("GET, POST"));
        refused.problem("method_not_allowed");
    }

    async fn every_problem_has_a_page_in_both_languages(app: App) {
        for entry in problems::all() {
            for (language, title) in [("zh-CN", entry.title.zh), ("en", entry.title.en)] {
                let page = app.get(format!("/problems/{}", entry.code)).header("accept-language", language).send().await.expect_status(200);
                assert_eq!(page.header("content-language"), Some(language));
                assert!(page.header("content-type").unwrap().starts_with("text/html"));
                assert!(page.text().contains(&title.replace('&', "&amp;").replace('"', "&quot;")), "{}", entry.code);
            }
        }
        app.get("/problems/none_such").send().await.expect_status(404).problem("not_found");
    }

    async fn errors_speak_the_language_of_the_caller(app: App) {
        for (language, title) in [("zh-CN", "缺少访问令牌"), ("en", "a token is required"), ("fr", "缺少访问令牌")] {
            let answer = app.get("/v1/hazards").header("accept-language", language).send().await.expect_status(401);
            assert_eq!(answer.problem("unauthenticated")["title"], title);
            assert!(answer.header("www-authenticate").unwrap().starts_with("Bearer"));
        }
    }

    async fn code_tables_and_the_lifecycle_are_cached_by_tag(app: App) {
        for path in ["/v1/dictionaries", "/v1/dictionaries/statuses", "/v1/lifecycle", "/v1/lifecycle?format=mermaid", "/openapi.json"] {
            let answer = app.get(path).send().await.expect_status(200);
            let tag = answer.header("etag").unwrap().to_owned();
            assert!(answer.header("cache-control").unwrap().contains("public"));
            app.get(path).header("if-none-match", tag).send().await.expect_status(304).done();
        }
        app.get("/v1/dictionaries/none_such").send().await.expect_status(404).problem("not_found");
    }

    async fn a_request_keeps_its_sane_id_and_gets_one_in_place_of_another(app: App) {
        let kept = app.get("/healthz").header("x-request-id", "abc-123.x_y").send().await;
        assert_eq!(kept.header("x-request-id"), Some("abc-123.x_y"));
        for strange in ["a b", "<script>", "ä"] {
            let replaced = app.get("/healthz").header("x-request-id", strange).send().await;
            assert_eq!(replaced.header("x-request-id").unwrap().len(), 36);
        }
    }

    async fn the_docs_are_served_from_the_program_itself(app: App) {
        let page = app.get("/docs/").send().await.expect_status(200);
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'self'"));
        assert!(!page.text().contains("https://"), "the page asks for nothing from elsewhere");
        app.get("/docs/swagger-ui-bundle.js").send().await.expect_status(200).done();
    }
}
