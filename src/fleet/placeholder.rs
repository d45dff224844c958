//! Texts with placeholders, `{environment}`, for what differs from release to release.

/// The names between braces, in order; of a brace that nothing closes, all that follows.
///
/// ```
/// use sparkctl::fleet::placeholder::names;
///
/// assert_eq!(names("spark-{team}-{environment}").collect::<Vec<_>>(), ["team", "environment"]);
/// ```
pub fn names(pattern: &str) -> impl Iterator<Item = &str> {
    pattern.split('{').skip(1).map(|part| part.split('}').next().unwrap_or_default())
}

/// A text with its placeholders filled in; one without a value leaves nothing behind.
///
/// ```
/// use sparkctl::fleet::placeholder::filled;
///
/// assert_eq!(filled("env/{environment}", |name| (name == "environment").then_some("prod")), "env/prod");
/// ```
pub fn filled<'a>(pattern: &str, value: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut text = String::new();
    let mut rest = pattern;
    while let Some((before, (name, after))) =
        rest.split_once('{').and_then(|(before, after)| Some((before, after.split_once('}')?)))
    {
        text.push_str(before);
        text.push_str(value(name).unwrap_or_default());
        rest = after;
    }
    text + rest
}
