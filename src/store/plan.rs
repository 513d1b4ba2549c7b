//! How an engine would run a query.

use std::marker::PhantomData;

use diesel::QueryResult;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Integer, Text};

use super::connection::{AnyConnection as Connection, MultiBackend};
use super::errors::StoreError;

/// The steps of the plan for `query`, in the words of the engine, one a line.
///
/// # Errors
/// The failures of the store.
pub fn of<Q: QueryFragment<MultiBackend>>(connection: &mut Connection, query: Q) -> Result<Vec<String>, StoreError> {
    if connection.is_postgres() {
        let explained = Explained::<Q, Text> {
            word: "EXPLAIN ",
            query,
            columns: PhantomData,
        };
        Ok(explained.load::<String>(connection)?)
    } else {
        let explained = Explained::<Q, (Integer, Integer, Integer, Text)> {
            word: "EXPLAIN QUERY PLAN ",
            query,
            columns: PhantomData,
        };
        let steps: Vec<(i32, i32, i32, String)> = explained.load(connection)?;
        Ok(steps.into_iter().map(|(_, _, _, step)| step).collect())
    }
}

struct Explained<Q, C> {
    word: &'static str,
    query: Q,
    columns: PhantomData<C>,
}

impl<Q: QueryFragment<MultiBackend>, C> QueryFragment<MultiBackend> for Explained<Q, C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql(self.word);
        self.query.walk_ast(out)
    }
}

impl<Q, C> QueryId for Explained<Q, C> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q, C> Query for Explained<Q, C> {
    type SqlType = C;
}

impl<Q, C> RunQueryDsl<Connection> for Explained<Q, C> {}
