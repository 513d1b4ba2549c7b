//! Lists with a limit, in which nothing stands twice.

use std::ops::Deref;

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde::{Deserialize, Serialize};

use super::fault::{Fault, FaultCode, Faults, fault_at, pointer};

/// At most `MAX` entries, each given once, in the order of the caller.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Distinct<T, const MAX: usize>(Vec<T>);

impl<T, const MAX: usize> Distinct<T, MAX> {
    /// The entries.
    pub fn into_vec(self) -> Vec<T> {
        self.0
    }
}

impl<T, const MAX: usize> Default for Distinct<T, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T, const MAX: usize> Deref for Distinct<T, MAX> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: PartialEq + Deserr<Faults>, const MAX: usize> Deserr<Faults> for Distinct<T, MAX> {
    fn deserialize_from_value<V: IntoValue>(value: Value<V>, location: ValuePointerRef) -> Result<Self, Faults> {
        let entries = Vec::<T>::deserialize_from_value(value, location)?;
        if entries.len() > MAX {
            let fault = Fault::new(pointer(location), FaultCode::TooMany).hinting(MAX.to_string());
            return Err(fault.into());
        }
        let repeated = entries
            .iter()
            .enumerate()
            .find(|(index, entry)| entries.iter().take(*index).any(|earlier| earlier == *entry));
        match repeated {
            Some((index, _)) => Err(fault_at(location.push_index(index), FaultCode::Duplicate)),
            None => Ok(Self(entries)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: serde_json::Value) -> Result<Distinct<String, 2>, Faults> {
        deserr::deserialize(json)
    }

    #[test]
    fn the_limit_and_repetition_are_refused() {
        assert_eq!(read(serde_json::json!(["a", "b"])).unwrap().len(), 2);
        assert_eq!(
            read(serde_json::json!(["a", "b", "c"])).unwrap_err().0[0].code,
            FaultCode::TooMany
        );
        let twice = read(serde_json::json!(["a", "a"])).unwrap_err();
        assert_eq!(
            (twice.0[0].pointer.as_str(), twice.0[0].code),
            ("/1", FaultCode::Duplicate)
        );
    }
}
