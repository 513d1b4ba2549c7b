//! `Upload-Checksum`: a request whose bytes do not have the sum that it names leaves nothing behind.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

/// Names of the sums that are known, as `Tus-Checksum-Algorithm` has them.
pub const ALGORITHMS: &str = "sha1,sha256";

/// The sum that a request names, and what came of its bytes so far.
#[derive(Debug, Clone)]
pub struct Checksum {
    named: Vec<u8>,
    running: Running,
}

#[derive(Debug, Clone)]
enum Running {
    Sha1(Sha1),
    Sha256(Sha256),
}

impl Checksum {
    /// From `<algorithm> <sum in Base64>`; nothing when that cannot be read, or the algorithm is not known.
    pub fn read(header: &str) -> Option<Self> {
        let (algorithm, sum) = header.split_once(' ')?;
        let (running, length) = match algorithm {
            "sha1" => (Running::Sha1(Sha1::new()), 20),
            "sha256" => (Running::Sha256(Sha256::new()), 32),
            _ => return None,
        };
        let named = STANDARD.decode(sum).ok().filter(|named| named.len() == length)?;
        Some(Self { named, running })
    }

    /// Counts bytes in.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.running {
            Running::Sha1(sum) => sum.update(bytes),
            Running::Sha256(sum) => sum.update(bytes),
        }
    }

    /// True when the bytes have the sum that was named.
    pub fn holds(self) -> bool {
        match self.running {
            Running::Sha1(sum) => sum.finalize().as_slice() == self.named,
            Running::Sha256(sum) => sum.finalize().as_slice() == self.named,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(header: &str, bytes: &[u8]) -> Option<bool> {
        let mut sum = Checksum::read(header)?;
        bytes.chunks(2).for_each(|piece| sum.update(piece));
        Some(sum.holds())
    }

    #[test]
    fn a_sum_is_told_from_another() {
        let sha1 = "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=";
        let sha256 = "sha256 uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=";
        for header in [sha1, sha256] {
            assert_eq!(holds(header, b"hello world"), Some(true), "{header}");
            assert_eq!(holds(header, b"hello worle"), Some(false), "{header}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_no_sum() {
        for wrong in [
            "",
            "sha1",
            "sha1 ",
            "sha1 AAAA",
            "md5 XUFAKrxLKna5cZ2REBfFkg==",
            "sha256 !",
        ] {
            assert!(Checksum::read(wrong).is_none(), "{wrong}");
        }
    }
}
