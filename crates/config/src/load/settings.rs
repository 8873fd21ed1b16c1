//! Single settings: a path, a value, and the place where it was written.

use toml::{
    Table, Value,
    de::{DeTable, DeValue},
};

use crate::{
    env::{self, Variables},
    error::{ConfigError, Problem},
    size,
};

#[derive(Debug)]
pub(super) struct Setting {
    place: String,
    path: Vec<String>,
    /// What the writing may mean, the likeliest first: a variable does not tell a number from a text.
    readings: Vec<Value>,
}

/// The settings of a file, or all of its syntax errors.
pub(super) fn of_file(name: &str, text: &str) -> Result<Vec<Setting>, ConfigError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let place = |at: usize| {
        let line = text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
        format!("{name}:{line}")
    };
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let problem = |error: toml::de::Error| Problem {
            place: place(error.span().map_or(0, |span| span.start)),
            what: format!("not TOML: {}", error.message().replace('\n', ", ")),
            hint: None,
        };
        return Err(ConfigError { problems: errors.into_iter().map(problem).collect() });
    }
    let mut settings = Vec::new();
    collect(&[], table.get_ref(), &place, &mut settings);
    // the parser sorts keys by name; problems are told in the order of the file
    settings.sort_by_key(|(at, _)| *at);
    Ok(settings.into_iter().map(|(_, setting)| setting).collect())
}

/// The settings of the environment.
pub(super) fn of_environment(variables: &Variables) -> impl Iterator<Item = Setting> {
    env::settings(variables).map(|(name, path, text)| {
        let mut readings = Vec::new();
        readings.extend(text.parse().ok().map(Value::Integer));
        readings.extend(text.parse().ok().map(Value::Boolean));
        readings.push(Value::String(text.to_owned()));
        let items = || text.split(',').map(str::trim).filter(|item| !item.is_empty());
        let numbers: Option<Vec<_>> = items().map(|item| item.parse().ok().map(Value::Integer)).collect();
        readings.extend(numbers.map(Value::Array));
        readings.push(Value::Array(items().map(|item| Value::String(item.to_owned())).collect()));
        Setting { place: name.to_owned(), path, readings }
    })
}

impl Setting {
    /// The reading that is right, or what is wrong with the likeliest.
    pub(super) fn settle(
        self,
        try_alone: impl Fn(&[String], &Value) -> Result<(), String>,
    ) -> Result<(Vec<String>, Value), Problem> {
        let is_size = self.path.last().is_some_and(|key| key == "bytes" || key.ends_with("_bytes"));
        let mut first_error = None;
        for reading in self.readings {
            let value = match &reading {
                Value::String(text) if is_size => size::parse(text).map_or(reading, Value::Integer),
                _ => reading,
            };
            match try_alone(&self.path, &value) {
                Ok(()) => return Ok((self.path, value)),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        let error = first_error.unwrap_or_default();
        Err(explain(self.place, &self.path, &error, is_size))
    }
}

/// Says what a deserializer's message means for whoever wrote the setting.
fn explain(place: String, path: &[String], error: &str, is_size: bool) -> Problem {
    let key = path.join(".");
    let Some(rest) = error.strip_prefix("unknown field `") else {
        let hint = is_size.then(|| "sizes are numbers of bytes, or texts such as \"10 MiB\"".to_owned());
        return Problem { place, what: format!("`{key}`: {error}"), hint };
    };
    // the message quotes the unknown name first and then those that are known
    let mut names = rest.split('`').step_by(2);
    let unknown = names.next().unwrap_or_default();
    let known: Vec<&str> = names.collect();
    let near = known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(unknown, name), *name))
        .filter(|(distance, name)| *distance <= name.len() / 3 + 1)
        .min_by_key(|(distance, _)| *distance);
    let hint = match near {
        Some((_, name)) => format!("did you mean `{name}`?"),
        None => format!("known: {}", known.join(", ")),
    };
    Problem { place, what: format!("unknown key `{key}`"), hint: Some(hint) }
}

/// Puts a value at its path.
pub(super) fn insert(table: &mut Table, path: &[String], value: Value) {
    match path {
        [] => {}
        // a section that says nothing keeps what others say in it
        [key] if value.as_table().is_some_and(Table::is_empty) => {
            table.entry(key.clone()).or_insert(value);
        }
        [key] => {
            table.insert(key.clone(), value);
        }
        [key, rest @ ..] => {
            let below = table.entry(key.clone()).or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(below) = below {
                insert(below, rest, value);
            }
        }
    }
}

fn collect(
    path: &[String],
    table: &DeTable<'_>,
    place: &dyn Fn(usize) -> String,
    settings: &mut Vec<(usize, Setting)>,
) {
    for (key, value) in table {
        let path: Vec<String> = path.iter().cloned().chain([key.get_ref().to_string()]).collect();
        let at = key.span().start;
        match value.get_ref() {
            DeValue::Table(below) => {
                let before = settings.len();
                collect(&path, below, place, settings);
                // an empty section says nothing, but its name must be known
                if settings.len() == before {
                    let readings = vec![Value::Table(Table::new())];
                    settings.push((at, Setting { place: place(at), path, readings }));
                }
            }
            other => {
                let readings = vec![owned(other)];
                settings.push((at, Setting { place: place(at), path, readings }));
            }
        }
    }
}

fn owned(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(whole) => Value::Integer(whole),
            Err(_) => Value::String(number.to_string()),
        },
        DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(truth) => Value::Boolean(*truth),
        DeValue::Datetime(time) => Value::Datetime(*time),
        DeValue::Array(items) => Value::Array(items.iter().map(|item| owned(item.get_ref())).collect()),
        DeValue::Table(table) => {
            let entries =
                table.iter().map(|(key, value)| (key.get_ref().to_string(), owned(value.get_ref())));
            Value::Table(entries.collect())
        }
    }
}
