//! The yardstick for reads: a handler that does nothing but answer, with the bytes that the service answered once.
//!
//! It runs the same HTTP server as the service with as many workers, so the difference is what the service does.

use std::error::Error;
use std::io::Write as _;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpResponse, HttpServer};
use clap::Parser;

/// Headers that the server writes itself.
const NOT_REPEATED: &[&str] = &["connection", "content-length", "date", "transfer-encoding"];

/// Answers every request like one answer of the service
#[derive(Debug, Parser)]
struct Options {
    /// Address and port to listen on
    #[arg(long, default_value = "127.0.0.1:8090")]
    bind: String,
    /// Token for the one request
    #[arg(long)]
    token: String,
    /// What is asked of the service once
    url: String,
}

struct Answer {
    headers: HeaderMap,
    body: Bytes,
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let answer = Data::new(fetch(&options).await?);
    writeln!(std::io::stderr(), "{} bytes a body", answer.body.len())?;
    HttpServer::new(move || {
        App::new()
            .app_data(answer.clone())
            .default_service(web::to(|answer: Data<Answer>| async move {
                let mut response = HttpResponse::Ok();
                for (name, value) in &answer.headers {
                    response.append_header((name.clone(), value.clone()));
                }
                response.body(answer.body.clone())
            }))
    })
    .workers(std::thread::available_parallelism().map_or(2, std::num::NonZero::get))
    .bind(&options.bind)?
    .run()
    .await?;
    Ok(())
}

async fn fetch(options: &Options) -> Result<Answer, Box<dyn Error>> {
    let request = reqwest::Client::new().get(&options.url).bearer_auth(&options.token);
    let answer = request.send().await?.error_for_status()?;
    let mut headers = HeaderMap::new();
    for (name, value) in answer.headers() {
        if !NOT_REPEATED.contains(&name.as_str()) {
            headers.append(
                HeaderName::try_from(name.as_str())?,
                HeaderValue::from_bytes(value.as_bytes())?,
            );
        }
    }
    Ok(Answer {
        headers,
        body: answer.bytes().await?,
    })
}
