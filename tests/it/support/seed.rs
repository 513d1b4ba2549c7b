//! Chance that can be repeated: every test that draws begins with one seed, `HAZARDS_TEST_SEED` or the built-in one.

/// Numbers from a seed, by the splitmix64 recurrence.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The chance of this run; the seed is printed, and seen when the test fails.
    pub fn of_this_run() -> Self {
        let seed = number_from("HAZARDS_TEST_SEED", 20_240_603);
        eprintln!("HAZARDS_TEST_SEED={seed}");
        Self(u64::from(seed))
    }

    /// Another stream of the same seed.
    #[must_use]
    pub fn fork(&mut self) -> Self {
        Self(self.next())
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// A place in a list of that length.
    pub fn index(&mut self, length: usize) -> usize {
        let length = u64::try_from(length).expect("a short list");
        usize::try_from(self.below(length)).expect("a short list")
    }

    /// A number below `bound` that is reckoned with.
    pub fn number(&mut self, bound: u64) -> i64 {
        i64::try_from(self.below(bound)).expect("a small number")
    }

    /// True once in so many times.
    pub fn one_in(&mut self, chances: u64) -> bool {
        self.below(chances) == 0
    }

    /// One of some.
    pub fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.index(from.len())]
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

/// How much of something a run does: the variable, or `usual`.
pub fn number_from(variable: &str, usual: u32) -> u32 {
    match std::env::var(variable) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{variable}: `{text}` is no number")),
        Err(_) => usual,
    }
}
