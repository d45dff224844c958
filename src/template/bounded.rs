//! What a template writes, held to a limit while it is written: steps are bounded by fuel, but a step
//! may write as much as the template is long.

use super::MAX_OUTPUT;
use minijinja::value::Value;
use minijinja::{Error, Template};
use std::io;

/// Output that stops growing at the limit.
#[derive(Default)]
struct Bounded {
    bytes: Vec<u8>,
    is_full: bool,
}

impl io::Write for Bounded {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        self.is_full |= self.bytes.len() + more.len() > MAX_OUTPUT;
        if self.is_full {
            return Err(io::Error::other("the output is too large"));
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Renders a template; none where it writes more than [`MAX_OUTPUT`] bytes.
///
/// # Errors
/// As the engine.
pub fn render(template: &Template<'_, '_>, context: Value) -> Result<Option<String>, Error> {
    let mut out = Bounded::default();
    let rendered = template.render_captured_to(context, &mut out).map(drop);
    if out.is_full {
        return Ok(None);
    }
    rendered?;
    Ok(String::from_utf8(out.bytes).ok())
}
