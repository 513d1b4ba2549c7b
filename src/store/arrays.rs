//! Statements over arrays, for PostgreSQL alone: one round trip writes many rows.
//!
//! SQLite has no round trips to save and takes one row after another. A room that writes many rows at once matches on
//! the connection and gives each engine what it is quick at.

/// A statement whose parameters are arrays of one length, one for each column: what stands before them, the columns
/// with the values that are pushed, and what stands after.
///
/// Its text is the same whatever it holds, so a connection prepares it once.
macro_rules! over_arrays {
    ($(#[$meta:meta])* $name:ident: $before:literal, { $($field:ident: $column:ty => $value:ty),+ $(,)? }, $after:literal) => {
        $(#[$meta])*
        #[derive(Debug, Default, diesel::query_builder::QueryId)]
        struct $name {
            $($field: Vec<$value>,)+
        }

        impl diesel::query_builder::QueryFragment<diesel::pg::Pg> for $name {
            fn walk_ast<'b>(
                &'b self,
                mut out: diesel::query_builder::AstPass<'_, 'b, diesel::pg::Pg>,
            ) -> diesel::QueryResult<()> {
                out.push_sql($before);
                let mut separator = "";
                $(
                    out.push_sql(separator);
                    out.push_bind_param::<diesel::sql_types::Array<$column>, Vec<$value>>(&self.$field)?;
                    separator = ", ";
                )+
                let _ = separator;
                out.push_sql($after);
                Ok(())
            }
        }

        impl diesel::RunQueryDsl<diesel::PgConnection> for $name {}
    };
}

pub(crate) use over_arrays;
