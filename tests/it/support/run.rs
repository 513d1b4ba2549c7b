//! One run of the tests: a folder for all that it makes, and a shell that clears up when the run has ended, however it
//! ended.
//!
//! The shell reads a pipe whose other end only this process holds. When the process is gone, killed ones included, the
//! pipe closes; the shell then stops the database cluster in the folder, removes the folder, and prints what did not
//! run as the last thing that is seen.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

const CLEAR_UP: &str = r#"
notes=$(cat)
pid=$(head -n 1 "$1/cluster/postmaster.pid" 2>/dev/null)
if [ -n "$pid" ]; then
    kill -QUIT "$pid" 2>/dev/null
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
fi
rm -rf -- "$1"
if [ -n "$notes" ]; then
    printf '\n!!!! DID NOT RUN on PostgreSQL: %s tests\n%s\n' "$(printf '%s\n' "$notes" | grep -c '^  ')" "$notes" >&2
fi
"#;

/// The folder of this run and the pipe to its shell.
pub struct Run {
    folder: PathBuf,
    pipe: Mutex<ChildStdin>,
}

/// This run.
pub fn run() -> &'static Run {
    static RUN: OnceLock<Run> = OnceLock::new();
    RUN.get_or_init(Run::begin)
}

impl Run {
    #[expect(
        clippy::zombie_processes,
        reason = "the shell ends after this process, which can then not wait for it"
    )]
    fn begin() -> Self {
        let mut builder = tempfile::Builder::new();
        builder.prefix("major-hazards-test-");
        let folder = in_memory().map_or_else(|| builder.tempdir(), |memory| builder.tempdir_in(memory));
        let folder = folder.expect("a temporary folder").keep();
        // Another user owns the cluster inside and must get through.
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o711)).expect("the folder is ours");
        let mut shell = Command::new("sh")
            .args(["-c", CLEAR_UP, "sh"])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            // A group of its own: an interrupt from the terminal must end the tests and not what clears up after them.
            .process_group(0)
            .spawn()
            .expect("`sh` runs");
        let pipe = Mutex::new(shell.stdin.take().expect("a pipe was asked for"));
        Self { folder, pipe }
    }

    /// Where everything of this run lies.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Has a line printed when the run has ended.
    pub fn note(&self, line: &str) {
        let mut pipe = self.pipe.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(pipe, "{line}").expect("the shell that clears up is alive");
    }
}

/// Memory as a file system, when there is plenty: making a database there takes a tenth of the time.
fn in_memory() -> Option<&'static Path> {
    const MEMORY: &str = "/dev/shm";
    const PLENTY_KIB: u64 = 2 * 1024 * 1024;
    let told = Command::new("df")
        .args(["-Pk", MEMORY])
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let told = String::from_utf8(told.stdout).ok()?;
    let free: u64 = told.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
    (free >= PLENTY_KIB).then_some(Path::new(MEMORY))
}
