use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use monshyflow_web::{Problem, code};
use serde::Deserialize;
use serde_json::{Value, json};

/// What a node says of the form that it waits for; a text that is none of this shows a bare button.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Form {
    title: String,
    message: String,
    choices: Vec<Choice>,
    fields: Vec<Field>,
}

#[derive(Debug, Deserialize)]
struct Choice {
    name: String,
    #[serde(default)]
    title: String,
}

#[derive(Debug, Deserialize)]
struct Field {
    name: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    required: bool,
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:4rem auto;padding:0 1rem;color:#1d2433}\
h1{font-size:1.4rem}label{display:block;margin:1rem 0 .25rem}input{width:100%;padding:.5rem;font:inherit;\
border:1px solid #aab2c0;border-radius:6px;box-sizing:border-box}p{white-space:pre-wrap}\
button{font:inherit;margin:1.5rem .75rem 0 0;padding:.5rem 1.25rem;border:0;border-radius:6px;background:#2450d8;color:#fff}\
button+button{background:#e4e8f0;color:#1d2433}";

/// A page without scripts: what tenants wrote is text in it, and nothing else.
pub(crate) fn form_page(form: &str) -> Response {
    let form: Form = serde_json::from_str(form).unwrap_or_default();
    let title = if form.title.is_empty() {
        "Continue?"
    } else {
        &form.title
    };
    let mut body = format!(
        "<h1>{}</h1><p>{}</p><form method=\"post\">",
        text(title),
        text(&form.message)
    );
    for field in &form.fields {
        let label = if field.title.is_empty() {
            &field.name
        } else {
            &field.title
        };
        let required = if field.required { " required" } else { "" };
        body.push_str(&format!(
            "<label>{}<input name=\"{}\"{required}></label>",
            text(label),
            text(&field.name)
        ));
    }
    for choice in &form.choices {
        let label = if choice.title.is_empty() {
            &choice.name
        } else {
            &choice.title
        };
        body.push_str(&format!(
            "<button name=\"choice\" value=\"{}\">{}</button>",
            text(&choice.name),
            text(label)
        ));
    }
    if form.choices.is_empty() {
        body.push_str("<button>Continue</button>");
    }
    body.push_str("</form>");
    page(title, &body)
}

/// What a person answered, checked against the form, so that nobody who mistyped is told that it counted.
pub(crate) fn answer(form: &str, body: Value, is_form: bool) -> Result<Value, Problem> {
    let form: Form = serde_json::from_str(form).unwrap_or_default();
    let Value::Object(mut sent) = body else {
        return Err(wrong("the answer is an object with `choice` and `fields`"));
    };
    let choice = sent.remove("choice").unwrap_or_default();
    let fields = if is_form {
        Value::Object(sent)
    } else {
        sent.remove("fields").unwrap_or_else(|| json!({}))
    };
    let names: Vec<&str> = form.choices.iter().map(|choice| choice.name.as_str()).collect();
    if !names.is_empty() && !choice.as_str().is_some_and(|choice| names.contains(&choice)) {
        return Err(wrong(&format!("`choice` is one of `{}`", names.join("`, `"))));
    }
    let is_empty = |name: &str| {
        fields
            .get(name)
            .is_none_or(|value| value.is_null() || value == "")
    };
    if let Some(missing) = form
        .fields
        .iter()
        .find(|field| field.required && is_empty(&field.name))
    {
        return Err(wrong(&format!("the field `{}` is required", missing.name)));
    }
    Ok(json!({ "choice": choice, "fields": fields }))
}

fn wrong(detail: &str) -> Problem {
    Problem::new(&code::INVALID_BODY, detail)
}

/// What a person sees who sent a form.
pub(crate) fn answered_page() -> Response {
    page("Thank you", "<h1>Thank you</h1><p>The workflow goes on.</p>")
}

/// What a person sees whose link or answer is refused.
pub(crate) fn refused_page(problem: &Problem) -> Response {
    let (title, detail) = (problem.title(), problem.detail());
    let body = format!("<h1>{}</h1><p>{}</p>", text(title), text(detail));
    (problem.status(), page(title, &body)).into_response()
}

fn page(title: &str, body: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{}</title>\
         <style>{STYLE}</style></head><body>{body}</body></html>",
        text(title)
    );
    let policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
    let headers = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, Html(html)).into_response()
}

/// Escaped for text and attributes.
fn text(raw: &str) -> String {
    let mut escaped = String::with_capacity(raw.len());
    for c in raw.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tenants_write_is_text() {
        assert_eq!(text("<b a='\"&"), "&lt;b a=&#39;&quot;&amp;");
    }

    #[test]
    fn an_answer_fits_its_form() {
        let form = r#"{"choices":[{"name":"yes"},{"name":"no"}],"fields":[{"name":"why","required":true}]}"#;
        let good = json!({ "choice": "yes", "fields": { "why": "x" } });
        assert_eq!(answer(form, good.clone(), false).unwrap(), good);
        assert_eq!(
            answer(form, json!({ "choice": "yes", "why": "x" }), true).unwrap(),
            good
        );
        for bad in [
            json!(null),
            json!({ "choice": "maybe", "why": "x" }),
            json!({ "choice": "no" }),
        ] {
            assert!(answer(form, bad, true).is_err());
        }
    }
}
