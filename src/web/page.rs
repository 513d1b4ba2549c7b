//! A page of a list.

use actix_web::{HttpRequest, HttpResponse};
use deserr::Deserr;
use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::{IntoParams, ToSchema};

use super::app::App;
use super::filters::Limit;
use super::problems::{Code, Problem};
use crate::store::StoreError;
use crate::values::{Fault, FaultCode, Faults};

/// A page of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// Which page, of a list that has no filters.
#[derive(Debug, Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Rows of a page.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, default = 50)]
    pub limit: Limit,
    /// `next_cursor` of the page before.
    #[deserr(default)]
    #[param(value_type = Option<String>)]
    pub cursor: Option<String>,
}

impl<T: Serialize> Page<T> {
    /// What a cursor of this list belongs to: the path, the filters, and the sort. A cursor of another list is refused.
    pub fn list_key(request: &HttpRequest, sort: &str) -> String {
        let mut filters: Vec<&str> = request
            .query_string()
            .split('&')
            .filter(|pair| !pair.starts_with("cursor=") && !pair.starts_with("limit="))
            .collect();
        filters.sort_unstable();
        format!("{}?{}#{sort}", request.path(), filters.join("&"))
    }

    /// The answer: the page, and its `Link` to the next.
    ///
    /// # Errors
    /// When the cursor cannot be made.
    pub fn answer(
        app: &App,
        request: &HttpRequest,
        list: &str,
        items: Vec<T>,
        next: Option<&impl Serialize>,
    ) -> Result<HttpResponse, Problem> {
        let next_cursor = app.make_cursor(list, next)?;
        let mut response = HttpResponse::Ok();
        if let Some(cursor) = &next_cursor {
            let kept: Vec<&str> = request
                .query_string()
                .split('&')
                .filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="))
                .collect();
            let separator = if kept.is_empty() { "" } else { "&" };
            response.insert_header((
                "link",
                format!(
                    "<{}?{}{separator}cursor={cursor}>; rel=\"next\"",
                    request.path(),
                    kept.join("&")
                ),
            ));
        }
        Ok(response.json(Self { items, next_cursor }))
    }
}

impl App {
    /// The cursor of `list` for a place; nothing where there is none to go on from.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn make_cursor(&self, list: &str, next: Option<&impl Serialize>) -> Result<Option<String>, StoreError> {
        next.map(|place| self.seal.seal(list, place))
            .transpose()
            .map_err(|error| StoreError::Corrupt(error.to_string()))
    }

    /// The place that a cursor of `list` stands for.
    ///
    /// # Errors
    /// `bad_cursor` when it was not made here for this list.
    pub fn open_cursor<T: DeserializeOwned>(&self, list: &str, cursor: Option<&str>) -> Result<Option<T>, Problem> {
        cursor
            .map(|cursor| {
                self.seal.open(list, cursor).ok_or_else(|| {
                    Problem::new(Code::BadCursor).with_fault(Fault::new("?cursor", FaultCode::BadFormat))
                })
            })
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn a_cursor_belongs_to_the_filters_and_not_to_their_order_or_the_size_of_the_page() {
        let key = |uri: &str| Page::<u8>::list_key(&TestRequest::with_uri(uri).to_http_request(), "-number");
        assert_eq!(key("/a?x=1&y=2&cursor=c&limit=5"), key("/a?y=2&x=1"));
        for other in ["/a?x=1", "/a?x=1&y=3", "/b?x=1&y=2"] {
            assert_ne!(key(other), key("/a?x=1&y=2"), "{other}");
        }
    }
}
