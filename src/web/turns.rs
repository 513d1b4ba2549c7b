//! How much of what takes long may be on its way at once, for each caller and for all of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::problems::{Code, Problem};

/// When to ask again, in seconds.
const LATER: u32 = 10;

/// The turns there are.
#[derive(Debug)]
pub struct Turns {
    each: usize,
    together: usize,
    taken: Mutex<HashMap<String, usize>>,
}

/// A turn that was taken. It ends when it is dropped.
#[derive(Debug)]
pub struct Turn {
    turns: Arc<Turns>,
    caller: String,
}

impl Turns {
    /// So many at once for each caller, and so many for all of them together.
    pub fn new(each: usize, together: usize) -> Self {
        Self {
            each,
            together,
            taken: Mutex::default(),
        }
    }

    /// Takes a turn.
    ///
    /// # Errors
    /// `too_many_requests` for a caller who has enough of them, `busy` where all are taken; both say when to ask again.
    pub fn take(self: &Arc<Self>, caller: String) -> Result<Turn, Problem> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.get(&caller).is_some_and(|own| *own >= self.each) {
            return Err(Problem::new(Code::TooManyRequests).after(LATER));
        }
        if taken.values().sum::<usize>() >= self.together {
            return Err(Problem::new(Code::Busy).after(LATER));
        }
        *taken.entry(caller.clone()).or_default() += 1;
        Ok(Turn {
            turns: Arc::clone(self),
            caller,
        })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut taken = self.turns.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = taken.get_mut(&self.caller) {
            *own -= 1;
            if *own == 0 {
                taken.remove(&self.caller);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(turns: &Arc<Turns>, caller: &str) -> Result<Turn, (u16, Option<u32>)> {
        let code = |problem: Problem| {
            use actix_web::ResponseError as _;
            (problem.status_code().as_u16(), problem.retry_after())
        };
        turns.take(caller.to_owned()).map_err(code)
    }

    #[test]
    fn a_caller_has_so_many_and_all_have_so_many() {
        let turns = Arc::new(Turns::new(2, 3));
        let one = status(&turns, "a").unwrap();
        let _other = status(&turns, "a").unwrap();
        assert_eq!(status(&turns, "a").unwrap_err(), (429, Some(LATER)));
        let _third = status(&turns, "b").unwrap();
        assert_eq!(status(&turns, "c").unwrap_err(), (503, Some(LATER)));
        drop(one);
        let _again = status(&turns, "a").unwrap();
        assert_eq!(status(&turns, "c").unwrap_err(), (503, Some(LATER)));
    }

    #[test]
    fn nothing_is_kept_of_who_is_done() {
        let turns = Arc::new(Turns::new(1, 1));
        drop(status(&turns, "a").unwrap());
        assert!(turns.taken.lock().unwrap().is_empty());
    }
}
