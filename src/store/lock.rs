//! Numbers of PostgreSQL's advisory locks, for what is known by words and not by a number.

use sha2::{Digest, Sha256};

/// The number of what these words name, in their order. Two things with one number wait for each other, which is a delay
/// and no fault.
pub fn number_of(words: &[&[u8]]) -> i64 {
    let mut hash = Sha256::new();
    for word in words {
        hash.update(word);
        hash.update([0]);
    }
    let digest: [u8; 32] = hash.finalize().into();
    let (first, _) = digest.split_first_chunk::<8>().unwrap_or((&[0; 8], &[]));
    i64::from_be_bytes(*first)
}
