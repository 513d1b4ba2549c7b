//! A new master key for the folder: safe to end at any moment and to begin again, while nodes go on.
//!
//! Every key stays readable throughout, because a master key goes only when nothing is sealed under it any more. Whoever
//! makes or destroys a key holds the lock that each step here takes alone, so none is sealed under a key that goes, and
//! none comes back.

use std::path::Path;

use super::folder::{Lock, Master, Standing, Vault, master_of, unwrap};
use super::{VaultError, files};
use crate::values::Clock;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotated {
    /// How many keys are now sealed under the new master key.
    pub keys: usize,
    /// How many master keys were destroyed.
    pub masters: usize,
}

/// Makes a new master key, seals every key under it, and destroys the old ones.
///
/// # Errors
/// [`VaultError::Rotating`] when somebody else is at it; when the folder cannot be read or written, or a key in it cannot
/// be opened. Nothing is lost then, and it may be begun again.
pub fn rotate(folder: &Path, clock: &Clock) -> Result<Rotated, VaultError> {
    let vault = Vault::open(folder)?;
    let rotating = Lock::rotating(folder)?;
    let master = Master::make(folder, clock)?;
    let lock = Lock::alone(folder)?;
    master.make_current(folder)?;
    drop(lock);
    rewrap(folder, &folder.join("secret"), "secret", &master)?;
    let mut keys = 0;
    // A key moves from the first to the second and never back, so in this order none is passed over.
    for standing in Standing::ALL {
        for name in vault.names(standing)? {
            let place = vault.place(standing, &name);
            keys += usize::from(rewrap(folder, &place, &name.to_string(), &master)?);
        }
    }
    let lock = Lock::alone(folder)?;
    let mut masters = 0;
    for old in files::names(&folder.join("master"))? {
        if old != master.id {
            files::remove(&folder.join("master").join(old))?;
            masters += 1;
        }
    }
    drop(lock);
    drop(rotating);
    Ok(Rotated { keys, masters })
}

/// Seals one key under the new master key; false when it is gone, or is sealed so already.
fn rewrap(folder: &Path, place: &Path, name: &str, master: &Master) -> Result<bool, VaultError> {
    let lock = Lock::alone(folder)?;
    let Some(wrapped) = files::read(place)? else {
        return Ok(false);
    };
    if master_of(&wrapped)? == master.id {
        return Ok(false);
    }
    let key = unwrap(folder, name, &wrapped)?;
    let fresh = folder.join("rewrapped");
    files::write(&fresh, &master.wrap(name, &key)?)?;
    files::rename(&fresh, place)?;
    drop(lock);
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tips::vault::{Key, KeyName};

    /// A folder with keys of both standings.
    fn folder() -> (tempfile::TempDir, Vault, Vec<(KeyName, Key)>) {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::system();
        let vault = Vault::open_or_make(folder.path(), &clock).unwrap();
        let keys: Vec<_> = (0..4).map(|_| vault.make_key(&clock).unwrap()).collect();
        vault.keep(&keys[0].0).unwrap();
        vault.keep(&keys[1].0).unwrap();
        (folder, vault, keys)
    }

    fn all_open(vault: &Vault, keys: &[(KeyName, Key)]) -> bool {
        keys.iter()
            .all(|(name, key)| vault.key(name).is_ok_and(|found| found.bytes() == key.bytes()))
    }

    #[test]
    fn every_key_opens_under_the_new_master_key_alone() {
        let (folder, vault, keys) = folder();
        let mark = vault.mark();
        let rotated = rotate(folder.path(), &Clock::system()).unwrap();
        assert_eq!(rotated, Rotated { keys: 4, masters: 1 });
        assert!(all_open(&vault, &keys));
        assert_eq!(Vault::open(folder.path()).unwrap().mark(), mark);
        assert_eq!(files::names(&folder.path().join("master")).unwrap().len(), 1);
    }

    #[test]
    fn a_rotation_that_ended_anywhere_loses_nothing_and_is_finished_by_the_next() {
        let clock = Clock::system();
        for steps in 0..4 {
            let (folder, vault, keys) = folder();
            let master = Master::make(folder.path(), &clock).unwrap();
            if steps > 0 {
                master.make_current(folder.path()).unwrap();
            }
            if steps > 1 {
                rewrap(folder.path(), &folder.path().join("secret"), "secret", &master).unwrap();
            }
            if steps > 2 {
                let place = vault.place(Standing::Kept, &keys[0].0);
                rewrap(folder.path(), &place, &keys[0].0.to_string(), &master).unwrap();
                std::fs::write(folder.path().join("rewrapped"), b"half").unwrap();
            }
            assert!(all_open(&vault, &keys), "{steps}");
            let (young, _) = vault.make_key(&clock).unwrap();
            let rotated = rotate(folder.path(), &clock).unwrap();
            assert_eq!(rotated, Rotated { keys: 5, masters: 2 }, "{steps}");
            assert!(all_open(&vault, &keys) && vault.key(&young).is_ok(), "{steps}");
        }
    }

    #[test]
    fn a_destroyed_key_stays_destroyed_and_two_do_not_rotate_at_once() {
        let (folder, vault, keys) = folder();
        vault.destroy(&keys[0].0).unwrap();
        vault.destroy(&keys[0].0).unwrap();
        let held = Lock::rotating(folder.path()).unwrap();
        assert!(matches!(
            rotate(folder.path(), &Clock::system()),
            Err(VaultError::Rotating)
        ));
        drop(held);
        rotate(folder.path(), &Clock::system()).unwrap();
        assert!(matches!(vault.key(&keys[0].0), Err(VaultError::Missing)));
        assert!(all_open(&vault, &keys[1..]));
    }

    #[test]
    fn keys_made_and_destroyed_meanwhile_are_neither_lost_nor_brought_back() {
        let (folder, vault, _) = folder();
        let clock = Clock::system();
        let made = std::thread::scope(|scope| {
            let makers: Vec<_> = (0..3)
                .map(|_| {
                    scope.spawn(|| {
                        let mut made = Vec::new();
                        for number in 0..30 {
                            let (name, key) = vault.make_key(&clock).unwrap();
                            vault.keep(&name).unwrap();
                            if number % 3 == 0 {
                                vault.destroy(&name).unwrap();
                            }
                            made.push((name, key, number % 3 == 0));
                        }
                        made
                    })
                })
                .collect();
            for _ in 0..5 {
                rotate(folder.path(), &clock).unwrap();
            }
            makers
                .into_iter()
                .flat_map(|maker| maker.join().unwrap())
                .collect::<Vec<_>>()
        });
        for (name, key, destroyed) in made {
            match vault.key(&name) {
                Ok(found) => assert!(!destroyed && found.bytes() == key.bytes()),
                Err(VaultError::Missing) => assert!(destroyed),
                Err(error) => panic!("{error}"),
            }
        }
    }

    #[test]
    fn the_folder_is_its_owners_and_does_not_date_its_keys() {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
        let (folder, vault, keys) = folder();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let key = vault.place(Standing::Kept, &keys[0].0);
        assert_eq!((mode(&folder.path().join("keys")), mode(&key)), (0o700, 0o600));
        for path in [key, folder.path().join("keys"), folder.path().join("new")] {
            assert_eq!(std::fs::metadata(&path).unwrap().mtime(), 0, "{}", path.display());
        }
    }
}
