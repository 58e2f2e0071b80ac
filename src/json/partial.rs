//! What can be said of a JSON text that is still arriving.

use super::scan::Scanner;
use super::{DEFAULT_MAX_DEPTH, Error, ErrorKind};

/// The part of an unfinished text that is certain, closed into valid JSON.
///
/// Finished members and elements stay. A string, number or literal that may
/// still change is left out, and so is a name without its value; open arrays
/// and objects are closed. `None` as long as nothing is certain. What can't
/// become JSON by going on is an error, never repaired.
pub fn view(text: &str) -> Result<Option<String>, Error> {
    let mut scanner = Scanner::new(text.as_bytes());
    let mut closers = Vec::new();
    let unfinished = match walk(&mut scanner, &mut closers) {
        Ok(()) => return scanner.finish().map(|()| Some(text.to_owned())),
        Err(Stop::Unfinished(certain)) => certain,
        Err(Stop::Invalid(error)) => return Err(error),
    };
    if closers.is_empty() {
        return Ok(None);
    }
    let mut view = text.get(..unfinished).unwrap_or_default().to_owned();
    view.extend(closers.iter().rev());
    Ok(Some(view))
}

enum Stop {
    /// The text ends here; everything before this byte is certain.
    Unfinished(usize),
    Invalid(Error),
}

fn walk(scanner: &mut Scanner<'_>, closers: &mut Vec<char>) -> Result<(), Stop> {
    // Everything before this byte stays in the view.
    let mut certain = 0;
    loop {
        scanner.skip_whitespace();
        match scanner.peek() {
            Some(opening @ (b'{' | b'[')) => {
                if closers.len() >= DEFAULT_MAX_DEPTH {
                    let error = Error { kind: ErrorKind::TooDeep, offset: scanner.at() };
                    return Err(Stop::Invalid(error));
                }
                scanner.take(opening);
                let object = opening == b'{';
                closers.push(if object { '}' } else { ']' });
                certain = scanner.at();
                scanner.skip_whitespace();
                if scanner.take(if object { b'}' } else { b']' }) {
                    closers.pop();
                    certain = scanner.at();
                } else {
                    if object {
                        stop_at(certain, scanner.name())?;
                    }
                    continue;
                }
            }
            Some(b'-' | b'0'..=b'9') => {
                stop_at(certain, scanner.number())?;
                if scanner.peek().is_none() {
                    // More digits may follow.
                    return Err(Stop::Unfinished(certain));
                }
                certain = scanner.at();
            }
            _ => {
                stop_at(certain, scanner.value(1))?;
                certain = scanner.at();
            }
        }
        loop {
            let Some(&closer) = closers.last() else { return Ok(()) };
            scanner.skip_whitespace();
            if scanner.take(b',') {
                scanner.skip_whitespace();
                if closer == '}' {
                    stop_at(certain, scanner.name())?;
                }
                break;
            }
            stop_at(certain, scanner.expect(closer as u8))?;
            closers.pop();
            certain = scanner.at();
        }
    }
}

/// The end of the text is no error here.
fn stop_at<T>(certain: usize, result: Result<T, Error>) -> Result<T, Stop> {
    result.map_err(|error| match error.kind {
        ErrorKind::UnexpectedEnd => Stop::Unfinished(certain),
        _ => Stop::Invalid(error),
    })
}
