//! Runs other programs: to their end, within a time limit, and never past ours.
//!
//! Every program gets a process group of its own. Ctrl-C (or a termination
//! signal) reaches xtask alone, which then ends each group that it started.

use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::clock;
use crate::progress::Ticker;

/// Why a program didn't do its job.
#[derive(Clone, Debug)]
pub(crate) enum RunError {
    /// There is no such program.
    Absent { program: String },
    /// It could not be started.
    Start { line: String, cause: String },
    /// It ended with a failure. `output` is what it said.
    Failed { line: String, status: ExitStatus, output: String },
    /// It was ended because it took too long.
    TimedOut { line: String, limit: Duration, output: String },
}

impl RunError {
    /// What the program had printed.
    pub(crate) fn output(&self) -> &str {
        match self {
            Self::Absent { .. } | Self::Start { .. } => "",
            Self::Failed { output, .. } | Self::TimedOut { output, .. } => output,
        }
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent { program } => write!(f, "there is no program {program}"),
            Self::Start { line, cause } => write!(f, "could not start `{line}`: {cause}"),
            Self::Failed { line, status, .. } => write!(f, "`{line}` failed: {status}"),
            Self::TimedOut { line, limit, .. } => {
                write!(f, "`{line}` was ended after {}", clock::Readable(*limit))
            }
        }
    }
}

impl std::error::Error for RunError {}

/// The process groups that run now, by the id of their first process.
///
/// The lock is held while a program starts; the interrupt takes it and keeps
/// it, so that nothing starts once xtask is about to end.
static RUNNING: Mutex<Vec<u32>> = Mutex::new(Vec::new());

fn running() -> MutexGuard<'static, Vec<u32>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The exit status that shells give to an interrupted program.
const INTERRUPTED: i32 = 130;

/// Ends the programs that run and then xtask itself, when it is told to end.
///
/// # Errors
/// The signal handler could not be installed.
pub(crate) fn end_with_children() -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(|| {
        let groups = running();
        signals::end(&groups);
        std::process::exit(INTERRUPTED);
    })
}

/// Makes xtask the parent of whatever its programs leave behind, so that a
/// driver's browser can be found and ended however the driver ended.
pub(crate) fn adopt_orphans() {
    signals::adopt_orphans();
}

/// Runs a program and returns what it wrote to its standard output. For short questions.
pub(crate) fn read(command: &mut Command) -> Result<String, RunError> {
    let line = line(command);
    command.stdin(Stdio::null());
    let output = command.output().map_err(|error| start_error(command, &error))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let output_text = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(RunError::Failed { line, status: output.status, output: output_text })
    }
}

/// Runs a program with everything that it prints in a log file, and returns the log.
pub(crate) fn run(command: &mut Command, log: &Path, limit: Duration) -> Result<String, RunError> {
    let line = line(command);
    let open = || -> io::Result<(File, File)> {
        if let Some(folder) = log.parent() {
            fs::create_dir_all(folder)?;
        }
        // One description of the file for both: the two outputs stay in order.
        let file = File::create(log)?;
        Ok((file.try_clone()?, file))
    };
    let (out, err) =
        open().map_err(|error| RunError::Start { line: line.clone(), cause: error.to_string() })?;
    command.stdin(Stdio::null()).stdout(out).stderr(err);
    let started = clock::now();
    let mut child = spawn(command)?;
    let mut ticker = Ticker::start();
    let mut pause = Duration::from_millis(1);
    let ended = loop {
        match child.try_wait() {
            Ok(Some(status)) => break Ok(status),
            Ok(None) if clock::now().duration_since(started) > limit => {
                break Err(RunError::TimedOut { line: line.clone(), limit, output: String::new() });
            }
            Ok(None) => {
                ticker.tick(log);
                thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(50));
            }
            Err(error) => {
                break Err(RunError::Start { line: line.clone(), cause: error.to_string() });
            }
        }
    };
    drop(ticker);
    end_group(&mut child);
    let output = String::from_utf8_lossy(&fs::read(log).unwrap_or_default()).into_owned();
    match ended {
        Ok(status) if status.success() => Ok(output),
        Ok(status) => Err(RunError::Failed { line, status, output }),
        Err(RunError::TimedOut { line, limit, .. }) => {
            Err(RunError::TimedOut { line, limit, output })
        }
        Err(error) => Err(error),
    }
}

/// Starts a program that talks to the terminal itself.
pub(crate) fn start(command: &mut Command) -> Result<Child, RunError> {
    command.stdin(Stdio::null());
    spawn(command)
}

/// Waits for a program from [`start`].
pub(crate) fn wait(command: &Command, mut child: Child) -> Result<(), RunError> {
    let status = child
        .wait()
        .map_err(|error| RunError::Start { line: line(command), cause: error.to_string() })?;
    end_group(&mut child);
    if status.success() {
        Ok(())
    } else {
        Err(RunError::Failed { line: line(command), status, output: String::new() })
    }
}

/// Ends what is left of a program's group and strikes it off the list.
fn end_group(child: &mut Child) {
    let mut groups = running();
    signals::end(&[child.id()]);
    let _ = child.wait();
    groups.retain(|group| *group != child.id());
}

fn spawn(command: &mut Command) -> Result<Child, RunError> {
    command.process_group(0);
    let mut groups = running();
    let child = command.spawn().map_err(|error| start_error(command, &error))?;
    groups.push(child.id());
    Ok(child)
}

fn start_error(command: &Command, error: &io::Error) -> RunError {
    if error.kind() == io::ErrorKind::NotFound {
        RunError::Absent { program: command.get_program().to_string_lossy().into_owned() }
    } else {
        RunError::Start { line: line(command), cause: error.to_string() }
    }
}

/// The command as one would type it, without the folder of its program.
fn line(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    let words: Vec<_> =
        std::iter::once(name).chain(command.get_args()).map(OsStr::to_string_lossy).collect();
    words.join(" ")
}

/// The first program on `PATH` with one of these names.
pub(crate) fn find<S: AsRef<str>>(names: &[S]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    names.iter().find_map(|name| {
        std::env::split_paths(&path)
            .map(|folder| folder.join(format!("{}{}", name.as_ref(), std::env::consts::EXE_SUFFIX)))
            .find(|candidate| candidate.is_file())
    })
}

/// How processes are ended.
mod signals {
    use std::fs;
    use std::thread;
    use std::time::Duration;

    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    use crate::clock;

    /// How long a program may take to clean up after itself.
    const GRACE: Duration = Duration::from_secs(5);

    /// Asks every process of the groups, and what xtask adopted from them, to
    /// end; insists after a while.
    pub(super) fn end(groups: &[u32]) {
        let started = clock::now();
        let mut asked = Vec::new();
        loop {
            let alive = alive(groups);
            if alive.is_empty() {
                return;
            }
            let overdue = clock::now().duration_since(started) > GRACE;
            for process in alive {
                if overdue {
                    let _ = kill(process, Signal::SIGKILL);
                } else if !asked.contains(&process) {
                    // Once only: a second signal would cut a clean-up short.
                    let _ = kill(process, Signal::SIGTERM);
                    asked.push(process);
                }
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    #[cfg(target_os = "linux")]
    pub(super) fn adopt_orphans() {
        let _ = nix::sys::prctl::set_child_subreaper(true);
    }

    #[cfg(target_os = "linux")]
    fn alive(groups: &[u32]) -> Vec<Pid> {
        let all = proc::processes();
        let adopting = nix::sys::prctl::get_child_subreaper().unwrap_or(false);
        let below =
            if adopting { proc::below(std::process::id().cast_signed(), &all) } else { Vec::new() };
        all.iter()
            .filter(|entry| !entry.zombie)
            .filter(|entry| {
                below.contains(&entry.id)
                    || groups.iter().any(|group| entry.group == group.cast_signed())
            })
            .map(|entry| Pid::from_raw(entry.id))
            .collect()
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn adopt_orphans() {}

    /// Without `/proc` a group is signalled as a whole: a negative id names it.
    #[cfg(not(target_os = "linux"))]
    fn alive(groups: &[u32]) -> Vec<Pid> {
        groups
            .iter()
            .map(|group| Pid::from_raw(-group.cast_signed()))
            .filter(|group| kill(*group, None).is_ok())
            .collect()
    }

    /// The kernel's list of processes.
    #[cfg(target_os = "linux")]
    mod proc {
        use super::fs;

        #[derive(Debug, PartialEq)]
        pub(super) struct Entry {
            pub(super) id: i32,
            pub(super) parent: i32,
            pub(super) group: i32,
            pub(super) zombie: bool,
        }

        pub(super) fn processes() -> Vec<Entry> {
            let Ok(folder) = fs::read_dir("/proc") else { return Vec::new() };
            folder
                .flatten()
                .filter_map(|entry| {
                    let id = entry.file_name().to_str()?.parse().ok()?;
                    parse(id, &fs::read_to_string(entry.path().join("stat")).ok()?)
                })
                .collect()
        }

        /// Reads a line of `/proc/<id>/stat`. The name in it may hold any character.
        fn parse(id: i32, stat: &str) -> Option<Entry> {
            let (_, rest) = stat.rsplit_once(')')?;
            let mut fields = rest.split_ascii_whitespace();
            let zombie = matches!(fields.next()?, "Z" | "X");
            let parent = fields.next()?.parse().ok()?;
            let group = fields.next()?.parse().ok()?;
            Some(Entry { id, parent, group, zombie })
        }

        /// Every process that descends from `root`, without it.
        pub(super) fn below(root: i32, all: &[Entry]) -> Vec<i32> {
            let mut found = vec![root];
            let mut next = 0;
            while let Some(parent) = found.get(next).copied() {
                found.extend(all.iter().filter(|e| e.parent == parent).map(|e| e.id));
                next += 1;
            }
            found.retain(|id| *id != root);
            found
        }

        #[cfg(test)]
        mod tests {
            use super::*;

            #[test]
            fn a_stat_line_is_read_whatever_the_name() {
                for (line, expected) in [
                    ("7 (sh) S 1 7 7 0 -1", Some((1, 7, false))),
                    ("7 (a) b) (c) R 12 34 7 0", Some((12, 34, false))),
                    ("7 (gone) Z 1 7 7 0", Some((1, 7, true))),
                    ("7 (cut", None),
                    ("7 (cut) S", None),
                ] {
                    let entry = parse(7, line).map(|e| (e.parent, e.group, e.zombie));
                    assert_eq!(entry, expected, "{line}");
                }
            }

            #[test]
            fn descendants_are_found_at_any_depth() {
                let entry = |id, parent| Entry { id, parent, group: id, zombie: false };
                let all = [entry(1, 0), entry(9, 5), entry(5, 3), entry(3, 1), entry(4, 1)];
                assert_eq!(below(3, &all), [5, 9]);
                assert_eq!(below(9, &all), [] as [i32; 0]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn log(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("xtask-{}-{name}.log", std::process::id()))
    }

    #[test]
    fn a_run_returns_both_outputs_in_order() {
        let log = log("both");
        let output = run(&mut shell("echo a; echo b >&2; echo c"), &log, Duration::from_secs(10));
        fs::remove_file(&log).unwrap();
        assert_eq!(output.unwrap(), "a\nb\nc\n");
    }

    #[test]
    fn a_failure_keeps_what_was_said() {
        let log = log("failure");
        let error = run(&mut shell("echo why; exit 3"), &log, Duration::from_secs(10)).unwrap_err();
        fs::remove_file(&log).unwrap();
        assert_eq!(error.output(), "why\n");
        assert_eq!(error.to_string(), "`sh -c echo why; exit 3` failed: exit status: 3");
    }

    #[test]
    fn a_program_that_hangs_is_ended_with_its_children() {
        let log = log("hang");
        let limit = Duration::from_millis(200);
        let error = run(&mut shell("sleep 600 & echo $!; wait"), &log, limit).unwrap_err();
        fs::remove_file(&log).unwrap();
        assert!(matches!(error, RunError::TimedOut { .. }), "{error}");
        let child: i32 = error.output().trim().parse().unwrap();
        let alive = nix::sys::signal::kill(nix::unistd::Pid::from_raw(child), None).is_ok();
        let zombie = fs::read_to_string(format!("/proc/{child}/stat"))
            .is_ok_and(|stat| stat.contains(") Z"));
        assert!(!alive || zombie, "the child of the program lives on");
    }

    #[test]
    fn an_absent_program_is_named() {
        let error = read(&mut Command::new("no-such-program")).unwrap_err();
        assert_eq!(error.to_string(), "there is no program no-such-program");
    }
}
