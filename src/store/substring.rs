//! Looking for a part of a text, alike on both engines.
//!
//! `LIKE` ignores the case of ASCII letters on SQLite and not on PostgreSQL, so both sides are put in lower case first.
//! It cannot walk an index: only for tables of moderate size, or behind other filters.

use diesel::sql_types::Text;

diesel::define_sql_function! {
    /// ASCII letters in lower case; every other character as it is, on both engines.
    fn lower(text: Text) -> Text;
}

/// Stands before a character of the pattern that means itself.
pub const ESCAPE: char = '\\';

/// The pattern that finds `part` anywhere: `lower(column).like(containing(part)).escape(ESCAPE)`.
pub fn containing(part: &str) -> String {
    let mut pattern = String::with_capacity(part.len() + 2);
    pattern.push('%');
    for character in part.chars() {
        if matches!(character, '%' | '_' | ESCAPE) {
            pattern.push(ESCAPE);
        }
        pattern.push(character.to_ascii_lowercase());
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::containing;

    #[test]
    fn wildcards_mean_themselves() {
        assert_eq!(containing(r"50%_A\隐"), r"%50\%\_a\\隐%");
    }
}
