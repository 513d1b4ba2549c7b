//! The query string, read as strictly as a body: known parameters only, every fault at once.
//!
//! A parameter that may hold several values takes them repeated or separated by commas; both mean OR.

use std::future::{Ready, ready};
use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde_json::{Map, Value as Json};

use super::problems::Problem;
use super::schemas::vocabularies;
use crate::values::fault::{fault_at, pointer};
use crate::values::vocabulary::vocabulary;
use crate::values::{Fault, FaultCode, Faults};

vocabulary! {
    /// A truth value in a query.
    pub enum YesNo in "truth" {
        Yes = "true", "是", "true";
        No = "false", "否", "false";
    }
}

vocabularies! {
    YesNo = "Truth";
}

/// The query of an operation.
#[derive(Debug)]
pub struct Filters<T>(T);

impl<T> Filters<T> {
    /// The query.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Filters<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Deserr<Faults>> FromRequest for Filters<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request.query_string()).map(Self).map_err(Problem::from))
    }
}

/// Reads a query string.
///
/// # Errors
/// Every fault, each with `?name` as its pointer.
pub fn read<T: Deserr<Faults>>(query: &str) -> Result<T, Faults> {
    let mut members: Map<String, Json> = Map::new();
    let mut faults = Faults::default();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (raw_name, raw_value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decoded(raw_name);
        let at = format!("?{}", name.as_deref().unwrap_or(raw_name));
        let (Some(name), Some(value)) = (name, decoded(raw_value)) else {
            faults.push(Fault::new(at, FaultCode::BadFormat).hinting("percent-encoded UTF-8"));
            continue;
        };
        if value.chars().any(char::is_control) {
            faults.add(at, FaultCode::ControlCharacter);
            continue;
        }
        match members.get_mut(&name) {
            None => {
                members.insert(name, Json::String(value));
            }
            Some(Json::Array(values)) => values.push(Json::String(value)),
            Some(single) => *single = Json::Array(vec![single.take(), Json::String(value)]),
        }
    }
    match deserr::deserialize(Json::Object(members)) {
        Ok(query) => faults.none_or(query),
        Err(Faults(found)) => {
            for fault in found.into_iter().map(of_parameter) {
                // What was set aside above is faulty and not absent.
                let set_aside =
                    fault.code == FaultCode::Missing && faults.0.iter().any(|earlier| earlier.pointer == fault.pointer);
                if !set_aside {
                    faults.push(fault);
                }
            }
            Err(faults)
        }
    }
}

/// A fault at a pointer as one of the parameter that the pointer names.
fn of_parameter(fault: Fault) -> Fault {
    let name = fault.pointer.strip_prefix('/').unwrap_or(&fault.pointer);
    Fault {
        pointer: format!("?{}", name.replace("~1", "/").replace("~0", "~")),
        // A single value that came twice is not of the wrong JSON kind to the caller.
        code: match fault.code {
            FaultCode::WrongType => FaultCode::Duplicate,
            code => code,
        },
        hint: fault.hint.filter(|_| fault.code != FaultCode::WrongType),
    }
}

fn decoded(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    let valid = spaced.split('%').skip(1).all(|rest| {
        rest.as_bytes()
            .iter()
            .take(2)
            .filter(|byte| byte.is_ascii_hexdigit())
            .count()
            == 2
    });
    if !valid {
        return None;
    }
    percent_encoding::percent_decode_str(&spaced)
        .decode_utf8()
        .ok()
        .map(std::borrow::Cow::into_owned)
}

/// Values of one parameter, repeated or separated by commas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Many<T>(Vec<T>);

/// No query needs more alternatives of one parameter.
const MOST_VALUES: usize = 200;

impl<T> Many<T> {
    /// The values.
    pub fn into_vec(self) -> Vec<T> {
        self.0
    }
}

impl<T> Default for Many<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Deref for Many<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: Deserr<Faults>> Deserr<Faults> for Many<T> {
    fn deserialize_from_value<V: IntoValue>(value: Value<V>, location: ValuePointerRef) -> Result<Self, Faults> {
        let given: Vec<String> = match value {
            Value::String(one) => vec![one],
            other => <Vec<String> as Deserr<Faults>>::deserialize_from_value(other, location)?,
        };
        let texts: Vec<&str> = given.iter().flat_map(|text| text.split(',')).collect();
        if texts.len() > MOST_VALUES {
            return Err(Fault::new(pointer(location), FaultCode::TooMany)
                .hinting(MOST_VALUES.to_string())
                .into());
        }
        let mut faults = Faults::default();
        let mut values = Vec::with_capacity(texts.len());
        for text in texts {
            match T::deserialize_from_value(Json::String(text.to_owned()).into_value(), location) {
                Ok(value) => values.push(value),
                Err(found) => faults.0.extend(found.0),
            }
        }
        faults.none_or(Self(values))
    }
}

/// A whole number from `LEAST` to `MOST`, and `USUAL` when absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounded<const LEAST: i64, const MOST: i64, const USUAL: i64>(i64);

/// Rows of a page.
pub type Limit = Bounded<1, 200, 50>;

impl Limit {
    /// How many rows.
    pub fn rows(self) -> i64 {
        self.0
    }
}

impl<const LEAST: i64, const MOST: i64, const USUAL: i64> Bounded<LEAST, MOST, USUAL> {
    /// The number, where it counts something of which there are not many.
    pub fn small(self) -> u32 {
        u32::try_from(self.0).unwrap_or_default()
    }
}

impl<const LEAST: i64, const MOST: i64, const USUAL: i64> Default for Bounded<LEAST, MOST, USUAL> {
    fn default() -> Self {
        Self(USUAL)
    }
}

impl<const LEAST: i64, const MOST: i64, const USUAL: i64> Deserr<Faults> for Bounded<LEAST, MOST, USUAL> {
    fn deserialize_from_value<V: IntoValue>(value: Value<V>, location: ValuePointerRef) -> Result<Self, Faults> {
        let text = <String as Deserr<Faults>>::deserialize_from_value(value, location)?;
        let number: i64 = text.parse().map_err(|_| fault_at(location, FaultCode::BadFormat))?;
        if (LEAST..=MOST).contains(&number) {
            Ok(Self(number))
        } else {
            Err(Fault::new(pointer(location), FaultCode::OutOfRange)
                .hinting(format!("{LEAST}..{MOST}"))
                .into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserr)]
    #[deserr(error = Faults, deny_unknown_fields)]
    struct Query {
        #[deserr(default)]
        level: Many<crate::law::scope::Level>,
        day: Option<crate::values::Day>,
        #[deserr(default)]
        limit: Limit,
    }

    #[test]
    fn repeated_and_comma_separated_values_are_alternatives() {
        let query: Query = read("level=street,district&level=municipal&day=2024-01-02").unwrap();
        assert_eq!(query.level.len(), 3);
        assert_eq!(query.limit.rows(), 50);
        assert!(query.day.is_some());
    }

    #[test]
    fn every_fault_is_told() {
        let faults = read::<Query>("level=moon&day=x&limit=0&colour=red").unwrap_err();
        let mut pointers: Vec<_> = faults.0.iter().map(|fault| fault.pointer.as_str()).collect();
        pointers.sort_unstable();
        assert_eq!(pointers, ["?colour", "?day", "?level", "?limit"]);
    }

    #[test]
    fn what_cannot_be_decoded_hides_no_other_fault() {
        let faults = read::<Query>("limit=0&day=%zz&a%2Fb~=1&%ff=1&level=%07").unwrap_err();
        let mut told: Vec<_> = faults
            .0
            .iter()
            .map(|fault| (fault.pointer.as_str(), fault.code))
            .collect();
        told.sort_unstable_by_key(|(pointer, _)| *pointer);
        assert_eq!(
            told,
            [
                ("?%ff", FaultCode::BadFormat),
                ("?a/b~", FaultCode::UnknownField),
                ("?day", FaultCode::BadFormat),
                ("?level", FaultCode::ControlCharacter),
                ("?limit", FaultCode::OutOfRange),
            ]
        );
    }

    #[derive(Debug, Deserr)]
    #[deserr(error = Faults, deny_unknown_fields)]
    struct Needed {
        #[expect(dead_code, reason = "only read")]
        day: crate::values::Day,
    }

    #[test]
    fn a_required_parameter_that_is_faulty_is_not_missing_too() {
        assert_eq!(read::<Needed>("").unwrap_err().0[0].code, FaultCode::Missing);
        assert_eq!(read::<Needed>("day=%").unwrap_err().0.len(), 1);
    }

    #[test]
    fn an_empty_alternative_is_a_fault() {
        for wrong in ["level=", "level=street,", "level=,", "level"] {
            let faults = read::<Query>(&format!("{wrong}&day=2024-01-02")).unwrap_err();
            assert_eq!(faults.0[0].pointer, "?level", "{wrong}");
        }
        assert!(read::<Query>("&&limit=7&day=2024-01-02&").is_ok());
    }

    #[test]
    fn alternatives_are_bounded() {
        let most = vec!["street"; MOST_VALUES].join(",");
        assert!(read::<Query>(&format!("day=2024-01-02&level={most}")).is_ok());
        let faults = read::<Query>(&format!("day=2024-01-02&level={most},street")).unwrap_err();
        assert_eq!(faults.0[0].code, FaultCode::TooMany);
    }

    #[test]
    fn a_single_parameter_given_twice_is_refused() {
        let faults = read::<Query>("day=2024-01-02&day=2024-01-03").unwrap_err();
        assert_eq!(faults.0[0].code, FaultCode::Duplicate);
    }

    #[test]
    fn encoding_is_checked() {
        for wrong in ["day=%", "day=%2", "day=%zz", "day=%ff", "day=%00"] {
            assert!(read::<Query>(wrong).is_err(), "{wrong}");
        }
    }
}
