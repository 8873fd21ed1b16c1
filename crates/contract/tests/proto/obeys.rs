//! Whether a value obeys a JSON Schema, for the keywords that our schemas use. Any other keyword fails the test.

use regex::Regex;
use serde_json::{Value, json};

/// A golden's JSON with binary data as the list of numbers that the schemas describe.
pub(crate) fn plain(seen: &Value) -> Value {
    match seen {
        Value::Object(map) => match map.get("$bytes").and_then(Value::as_str) {
            Some(hex) => hex
                .as_bytes()
                .chunks(2)
                .map(|pair| json!(u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()))
                .collect(),
            None => map.iter().map(|(key, value)| (key.clone(), plain(value))).collect(),
        },
        Value::Array(items) => items.iter().map(plain).collect(),
        other => other.clone(),
    }
}

/// A schema with the `$defs` that its references point to.
pub(crate) struct Root<'a>(pub(crate) &'a Value);

impl Root<'_> {
    pub(crate) fn check(&self, value: &Value) -> Result<(), String> {
        self.obeys(self.0, value)
    }

    fn obeys(&self, schema: &Value, value: &Value) -> Result<(), String> {
        let Value::Object(keywords) = schema else {
            return if schema == true { Ok(()) } else { Err(format!("{schema} for {value}")) };
        };
        for (keyword, operand) in keywords {
            if !self.keyword(schema, keyword, operand, value)? {
                return Err(format!("{value} does not obey `{keyword}`: {operand}"));
            }
        }
        Ok(())
    }

    fn keyword(&self, schema: &Value, keyword: &str, operand: &Value, value: &Value) -> Result<bool, String> {
        let fits = |schema: &&Value| self.obeys(schema, value).is_ok();
        let choices = || operand.as_array().unwrap().iter();
        Ok(match keyword {
            "$schema" | "$defs" | "title" | "description" | "default" | "examples" | "format" => true,
            "$ref" => {
                let place = operand.as_str().unwrap().strip_prefix('#').unwrap();
                self.obeys(self.0.pointer(place).unwrap(), value)?;
                true
            }
            "type" => match operand {
                Value::String(name) => is_of(name, value),
                _ => choices().any(|name| is_of(name.as_str().unwrap(), value)),
            },
            "enum" => choices().any(|choice| choice == value),
            "const" => operand == value,
            "anyOf" => choices().any(|schema| fits(&schema)),
            "oneOf" => choices().filter(fits).count() == 1,
            "pattern" => value
                .as_str()
                .is_none_or(|text| Regex::new(operand.as_str().unwrap()).unwrap().is_match(text)),
            "minimum" => value.as_f64().is_none_or(|number| number >= operand.as_f64().unwrap()),
            "maximum" => value.as_f64().is_none_or(|number| number <= operand.as_f64().unwrap()),
            "required" => value
                .as_object()
                .is_none_or(|map| choices().all(|key| map.contains_key(key.as_str().unwrap()))),
            "items" => {
                value.as_array().into_iter().flatten().try_for_each(|item| self.obeys(operand, item))?;
                true
            }
            "properties" => {
                for (key, inner) in value.as_object().into_iter().flatten() {
                    if let Some(schema) = operand.get(key) {
                        self.obeys(schema, inner)?;
                    }
                }
                true
            }
            "additionalProperties" => {
                let named = &schema["properties"];
                for (_, inner) in
                    value.as_object().into_iter().flatten().filter(|(key, _)| named.get(key).is_none())
                {
                    self.obeys(operand, inner)?;
                }
                true
            }
            other => panic!("the checker does not know the keyword `{other}`"),
        })
    }
}

fn is_of(name: &str, value: &Value) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("`{other}` is not a JSON type"),
    }
}

fn check(schema: Value, value: Value, expected: bool) {
    assert_eq!(Root(&schema).check(&value).is_ok(), expected, "{schema} {value}");
}

#[test]
fn the_checker_itself_tells_right_from_wrong() {
    let schema = json!({
        "type": "object",
        "properties": { "a": { "$ref": "#/$defs/Code" }, "b": { "type": ["integer", "null"], "minimum": 0 } },
        "required": ["a"],
        "additionalProperties": false,
        "$defs": { "Code": { "type": "string", "pattern": "^[A-Z]{2}$" } },
    });
    check(schema.clone(), json!({ "a": "DE" }), true);
    check(schema.clone(), json!({ "a": "DE", "b": null }), true);
    check(schema.clone(), json!({ "a": "de" }), false);
    check(schema.clone(), json!({ "a": "DE", "b": -1 }), false);
    check(schema.clone(), json!({ "a": "DE", "b": 0.5 }), false);
    check(schema.clone(), json!({ "b": 1 }), false);
    check(schema.clone(), json!({ "a": "DE", "c": 1 }), false);
    check(schema, json!(["DE"]), false);
    check(json!({ "oneOf": [{ "const": 1 }, { "enum": [1, 2] }] }), json!(1), false);
    check(json!({ "oneOf": [{ "const": 1 }, { "enum": [1, 2] }] }), json!(2), true);
    check(json!({ "items": { "type": "string" } }), json!(["a", 1]), false);
}
