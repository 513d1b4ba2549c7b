//! Scope as SQL: the one place where what a caller may see becomes part of a query.
//!
//! A list of things that belong to a unit, an area and an industry begins with [`within!`]; there is no other way to
//! write it. Memory asks the same data with `Scope::covers`, and a test here holds the two against each other. To put
//! another table under scope, give it the columns `area`, `industry` and `uscc`.

use diesel::BoolExpressionMethods;
use diesel::expression::BoxableExpression;
use diesel::sql_types::Bool;

use super::connection::MultiBackend;
use crate::values::Prefix;

/// A condition on the rows of one table.
pub type Condition<'a, T> = Box<dyn BoxableExpression<T, MultiBackend, SqlType = Bool> + 'a>;

/// True where a code lies in one of `prefixes`: one range of the index for each; nothing when there is no prefix.
/// `range` says which column it is, from the first text of the range to the first after it.
pub fn any_prefix<'a, T, P: Prefix>(
    prefixes: &[P],
    range: impl Fn(String, String) -> Condition<'a, T>,
) -> Option<Condition<'a, T>>
where
    T: 'a,
{
    prefixes
        .iter()
        .map(|prefix| range(prefix.as_str().to_owned(), prefix.upper_bound()))
        .reduce(|one, other| Box::new(one.or(other)))
}

/// Patterns for `LIKE` that find a column holding a JSON array of prefixes of which one contains `prefix` or lies in it:
/// what is in charge of some part of an area, or applies to some part of an industry.
pub fn overlapping(prefix: &impl Prefix) -> Vec<String> {
    let text = prefix.as_str();
    // Codes are ASCII digits and capital letters, so nothing in them is a wildcard or has another case.
    let wider = (1..text.len())
        .filter_map(|end| text.get(..end))
        .map(|wider| format!("%\"{wider}\"%"));
    std::iter::once(format!("%\"{text}%")).chain(wider).collect()
}

/// What a scope asks of a row, member by member; nothing where it asks nothing.
pub struct Covered<'a, T> {
    /// Its unit.
    pub unit: Option<Condition<'a, T>>,
    /// Its area.
    pub area: Option<Condition<'a, T>>,
    /// Its industry.
    pub industry: Option<Condition<'a, T>>,
}

/// What a scope asks of the rows of a table: `covered!(scope, table)`.
macro_rules! covered {
    ($scope:expr, $table:ident) => {{
        let scope: &$crate::law::scope::Scope = $scope;
        match (&scope.unit, &scope.areas) {
            (Some(unit), _) => $crate::store::scope::Covered::<$table::table> {
                unit: Some(Box::new(diesel::ExpressionMethods::eq($table::uscc, unit.clone()))),
                area: None,
                industry: None,
            },
            (None, areas) => $crate::store::scope::Covered::<$table::table> {
                unit: None,
                area: match areas {
                    $crate::law::scope::Areas::All => None,
                    $crate::law::scope::Areas::Within(prefixes) => Some(
                        $crate::store::scope::any_prefix(prefixes, $crate::store::scope::ranged!($table, area))
                            // No area at all: no row, however the rest of the query is put.
                            .unwrap_or_else(|| Box::new(diesel::dsl::sql::<diesel::sql_types::Bool>("1 = 0"))),
                    ),
                },
                industry: $crate::store::scope::any_prefix(
                    &scope.industries,
                    $crate::store::scope::ranged!($table, industry),
                ),
            },
        }
    }};
}

/// Limits a boxed query to what a scope covers: `within!(query, scope, table)`.
macro_rules! within {
    ($query:expr, $scope:expr, $table:ident) => {{
        let covered = $crate::store::scope::covered!($scope, $table);
        [covered.unit, covered.area, covered.industry]
            .into_iter()
            .flatten()
            .fold($query, |query, condition| diesel::QueryDsl::filter(query, condition))
    }};
}

/// The range of a column for [`any_prefix`]: `ranged!(table, column)`.
macro_rules! ranged {
    ($table:ident, $column:ident) => {
        |from: String, to: String| -> $crate::store::scope::Condition<'_, $table::table> {
            Box::new(diesel::BoolExpressionMethods::and(
                diesel::ExpressionMethods::ge($table::$column, from),
                diesel::ExpressionMethods::lt($table::$column, to),
            ))
        }
    };
}

pub(crate) use {covered, ranged, within};

#[cfg(test)]
mod tests {
    use diesel::prelude::*;
    use proptest::prelude::*;

    use super::overlapping;
    use crate::law::scope::{Areas, Scope};
    use crate::store::schema::enterprises;
    use crate::store::{Connection, DatabaseUrl, migrate};
    use crate::values::{AreaCode, AreaPrefix, Clock, EnterpriseId, IndustryCode, IndustryPrefix, Uscc, uscc};

    const AREAS: [&str; 8] = [
        "370303",
        "370303009",
        "370303009001",
        "370303999999",
        "370304",
        "370304001",
        "370401",
        "110101001001",
    ];
    const INDUSTRIES: [&str; 6] = ["C26", "C261", "C2681", "C27", "F52", "T97"];

    type Unit = (AreaCode, IndustryCode, Uscc);

    fn units() -> Vec<Unit> {
        let pairs = AREAS
            .iter()
            .flat_map(|area| INDUSTRIES.iter().map(move |industry| (area, industry)));
        pairs
            .enumerate()
            .map(|(index, (area, industry))| {
                let body = format!("91370303MA{index:07}");
                let check = char::from(uscc::check_character(&body).unwrap());
                (
                    area.parse().unwrap(),
                    industry.parse().unwrap(),
                    format!("{body}{check}").parse().unwrap(),
                )
            })
            .collect()
    }

    fn database() -> (tempfile::TempDir, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("scope.db").display().to_string());
        let mut connection = url.connect().unwrap();
        migrate::apply(&mut connection).unwrap();
        let clock = Clock::system();
        for (area, industry, uscc) in units() {
            diesel::insert_into(enterprises::table)
                .values((
                    enterprises::id.eq(EnterpriseId::new(&clock)),
                    enterprises::uscc.eq(uscc),
                    enterprises::created_at.eq(clock.now()),
                    enterprises::name.eq("示例单位"),
                    enterprises::industry.eq(industry),
                    enterprises::area.eq(area),
                    enterprises::address.eq("示例路1号"),
                    enterprises::principal_name.eq("张某"),
                    enterprises::principal_phone.eq(""),
                    enterprises::version.eq(1),
                    enterprises::updated_at.eq(clock.now()),
                ))
                .execute(&mut connection)
                .unwrap();
        }
        (folder, connection)
    }

    fn areas() -> impl Strategy<Value = Areas> {
        let prefix = prop::sample::select(vec![
            "37",
            "3703",
            "370303",
            "370303009",
            "370303009001",
            "3704",
            "11",
            "99",
        ])
        .prop_map(|text| text.parse::<AreaPrefix>().unwrap());
        prop_oneof![
            1 => Just(Areas::All),
            4 => prop::collection::vec(prefix, 0..4).prop_map(Areas::Within),
        ]
    }

    fn scopes() -> impl Strategy<Value = Scope> {
        let industry = prop::sample::select(vec!["C", "C2", "C26", "C268", "C2681", "F", "T9", "A"])
            .prop_map(|text| text.parse::<IndustryPrefix>().unwrap());
        let unit = prop_oneof![
            3 => Just(None),
            1 => prop::sample::select(units()).prop_map(|(_, _, uscc)| Some(uscc)),
        ];
        (areas(), prop::collection::vec(industry, 0..3), unit).prop_map(|(areas, industries, unit)| Scope {
            areas,
            industries,
            unit,
        })
    }

    #[test]
    fn an_array_overlaps_what_it_contains_and_what_lies_in_it() {
        let prefix: IndustryPrefix = "C26".parse().unwrap();
        assert_eq!(overlapping(&prefix), [r#"%"C26%"#, r#"%"C"%"#, r#"%"C2"%"#]);
    }

    #[test]
    fn sql_and_memory_cover_the_same_rows() {
        let (_folder, mut connection) = database();
        let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
            cases: 300,
            failure_persistence: None,
            ..ProptestConfig::default()
        });
        let connection = std::cell::RefCell::new(&mut connection);
        runner
            .run(&scopes(), |scope| {
                let query = within!(enterprises::table.into_boxed(), &scope, enterprises);
                let mut found: Vec<Uscc> = query
                    .select(enterprises::uscc)
                    .load(&mut **connection.borrow_mut())
                    .unwrap();
                let mut covered: Vec<Uscc> = units()
                    .into_iter()
                    .filter(|(area, industry, uscc)| scope.covers(area, industry, uscc))
                    .map(|(_, _, uscc)| uscc)
                    .collect();
                found.sort();
                covered.sort();
                prop_assert_eq!(found, covered);
                Ok(())
            })
            .unwrap();
    }
}
