//! The resources of a template, nested deployments and copies laid out flat, every expression evaluated.

use super::expression::{Evaluated, Place};
use super::functions::{GROUP, SUBSCRIPTION};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Deployments inside deployments are followed no deeper than this.
const MOST_NESTED: usize = 16;
/// More resources than this are not laid out.
const MOST_RESOURCES: usize = 20_000;

/// A resource, evaluated.
#[derive(Debug, Clone)]
pub(super) struct Resource {
    /// E.g. `Microsoft.ApiManagement/service/apis`, in lower case.
    pub(super) kind: String,
    /// A name for each segment of the type.
    pub(super) names: Vec<String>,
    /// As ARM would show it, as far as it is known.
    pub(super) body: Value,
    /// Places of the body that are not known, each with why.
    pub(super) unknown: Vec<(String, String)>,
}

impl Resource {
    /// The ARM id, with stand-ins for subscription and group.
    pub(super) fn id(&self) -> String {
        id_of(&self.kind, &self.names)
    }

    /// Why a place of the body, or anything below it, is not known.
    pub(super) fn why_unknown(&self, at: &str) -> Option<&str> {
        let mut all = self.unknown.iter();
        all.find(|(place, _)| place.starts_with(at))
            .map(|(_, why)| why.as_str())
    }
}

/// Everything that a template deploys, and what of it could not be evaluated.
#[derive(Debug, Default)]
pub(super) struct Deployed {
    pub(super) resources: Vec<Resource>,
    /// What could not be told, and why.
    pub(super) gaps: Vec<(String, String)>,
}

/// Lays a template out. `given` are values for its parameters.
pub(super) fn deployed(template: &Value, given: &BTreeMap<String, Evaluated>) -> Deployed {
    let mut deployed = Deployed::default();
    let place = place_of(template, given, 0, &mut deployed.gaps);
    lay_out(template, place, &mut deployed);
    deployed
}

/// The parameters of a template with their values: given, by default, or the name as a stand-in for a text.
fn place_of<'t>(
    template: &'t Value,
    given: &BTreeMap<String, Evaluated>,
    depth: usize,
    gaps: &mut Vec<(String, String)>,
) -> Place<'t> {
    let mut place = Place {
        variables: template.get("variables").and_then(Value::as_object),
        depth,
        ..Place::default()
    };
    let declared = template.get("parameters").and_then(Value::as_object);
    let declared: Vec<(&String, &Value)> = declared.into_iter().flatten().collect();
    for (name, _) in &declared {
        if let Some(value) = given.get(&name.to_lowercase()) {
            place.parameters.insert(name.to_lowercase(), value.clone());
        }
    }
    // Defaults may refer to one another; each round settles at least one.
    for _ in 0..declared.len() {
        for (name, declaration) in &declared {
            let key = name.to_lowercase();
            if matches!(place.parameters.get(&key), Some(Ok(_))) || given.contains_key(&key) {
                continue;
            }
            if let Some(default) = declaration.get("defaultValue") {
                let value = whole(&place, default);
                place.parameters.insert(key, value);
            }
        }
    }
    for (name, declaration) in declared {
        let key = name.to_lowercase();
        if place.parameters.contains_key(&key) {
            continue;
        }
        let kind = declaration
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let what = format!("parameter {name} of the template");
        let value = match kind.eq_ignore_ascii_case("string") {
            true => {
                gaps.push((
                    what,
                    "it has no value, and its name stands for one".to_owned(),
                ));
                Ok(name.as_str().into())
            }
            false => {
                gaps.push((what, "it has no value".to_owned()));
                Err(format!("parameter {name} has no value"))
            }
        };
        place.parameters.insert(key, value);
    }
    place
}

/// A value, known as a whole or not at all.
fn whole(place: &Place<'_>, value: &Value) -> Evaluated {
    let mut why = None;
    let filled = place.filled(value, "", &mut |_, reason| {
        why.get_or_insert(reason);
    });
    match why {
        Some(why) => Err(why),
        None => Ok(filled),
    }
}

/// A resource as it is written, in the place of one of its copies.
struct Written<'t> {
    symbol: Option<String>,
    source: &'t Value,
    place: Place<'t>,
    kind: String,
    names: Vec<String>,
}

fn lay_out<'t>(
    template: &'t Value,
    mut place: Place<'t>,
    deployed: &mut Deployed,
) -> Map<String, Value> {
    let sources: Vec<(Option<String>, &Value)> = match template.get("resources") {
        Some(Value::Array(all)) => all.iter().map(|one| (None, one)).collect(),
        Some(Value::Object(all)) => all
            .iter()
            .map(|(symbol, one)| (Some(symbol.clone()), one))
            .collect(),
        _ => Vec::new(),
    };
    let mut written = Vec::new();
    for (symbol, source) in sources {
        copies(symbol, source, &place, None, &mut written, deployed);
    }
    for one in &written {
        let known = known_before(one);
        for key in [
            one.symbol.clone(),
            one.names.last().cloned(),
            Some(id_of(&one.kind, &one.names)),
        ] {
            let key = key.map(|key| key.to_lowercase());
            key.map(|key| place.resources.entry(key).or_insert_with(|| known.clone()));
        }
    }
    let is_nested = |one: &Written<'_>| one.kind == "microsoft.resources/deployments";
    let (mut nested, flat): (Vec<Written<'t>>, Vec<Written<'t>>) =
        written.into_iter().partition(is_nested);
    // One may need what another gives out; each round lays out those whose values are known.
    while !nested.is_empty() {
        let ready = |one: &Written<'t>| is_ready(&one.with(&place));
        let (now, later): (Vec<_>, Vec<_>) = nested.into_iter().partition(ready);
        let (now, later) = if now.is_empty() {
            (later, Vec::new())
        } else {
            (now, later)
        };
        nested = later;
        for mut one in now {
            one.place.resources.clone_from(&place.resources);
            let outputs = nest(&one, deployed);
            let known = json!({"outputs": outputs});
            let name = one.names.last().cloned();
            let id = Some(id_of(&one.kind, &one.names));
            for key in [one.symbol.clone(), name, id].into_iter().flatten() {
                place.resources.insert(key.to_lowercase(), known.clone());
            }
        }
    }
    for mut one in flat {
        if deployed.resources.len() >= MOST_RESOURCES {
            deployed.gaps.push((
                "resources of the template".to_owned(),
                "there are more than are read".to_owned(),
            ));
            break;
        }
        one.place.resources.clone_from(&place.resources);
        if one.source.get("existing") != Some(&Value::Bool(true)) {
            add(&one, deployed);
        }
    }
    outputs_of(template, &place)
}

impl<'t> Written<'t> {
    /// The same with what has become known of resources.
    fn with(&self, place: &Place<'t>) -> Written<'t> {
        Written {
            symbol: None,
            source: self.source,
            place: Place {
                resources: place.resources.clone(),
                ..self.place.clone()
            },
            kind: String::new(),
            names: Vec::new(),
        }
    }
}

/// A resource once for each of its copies, and those that are written inside it.
fn copies<'t>(
    symbol: Option<String>,
    source: &'t Value,
    place: &Place<'t>,
    parent: Option<(&str, &[String])>,
    written: &mut Vec<Written<'t>>,
    deployed: &mut Deployed,
) {
    let kind = source
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let kind = match parent {
        Some((parent, _)) if !kind.contains('.') => format!("{parent}/{kind}"),
        _ => kind.to_owned(),
    };
    let kind = kind.to_lowercase();
    let places = match source.get("copy") {
        None => vec![place.clone()],
        Some(copy) => {
            let name = copy.get("name").and_then(Value::as_str).unwrap_or_default();
            match place.count(copy) {
                Ok(count) => (0..count)
                    .map(|index| place.with_copy(name, index))
                    .collect(),
                Err(why) => {
                    deployed
                        .gaps
                        .push((format!("how many {kind} there are"), why));
                    Vec::new()
                }
            }
        }
    };
    for place in places {
        let name = source
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let names = match place.text(name) {
            Ok(Value::String(name)) => name,
            Ok(other) => other.to_string(),
            Err(why) => {
                deployed.gaps.push((format!("name of a {kind}"), why));
                continue;
            }
        };
        match source
            .get("condition")
            .map(|condition| whole(&place, condition))
        {
            Some(Ok(Value::Bool(false))) => continue,
            Some(Err(why)) => {
                let what = format!("condition of {kind} {names}, taken as true");
                deployed.gaps.push((what, why));
            }
            _ => {}
        }
        let own = names.split('/').map(str::to_owned);
        let names: Vec<String> = match parent {
            Some((_, parent)) if parent.len() + 1 == kind.split('/').count() - 1 => {
                parent.iter().cloned().chain(own).collect()
            }
            _ => own.collect(),
        };
        for inside in source
            .get("resources")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            copies(
                None,
                inside,
                &place,
                Some((&kind, &names)),
                written,
                deployed,
            );
        }
        // Copies are referred to as `symbol[0]`, `symbol[1]`, …
        let symbol = match (source.get("copy"), place.copies.get("")) {
            (Some(_), Some(index)) => symbol.as_ref().map(|symbol| format!("{symbol}[{index}]")),
            _ => symbol.clone(),
        };
        written.push(Written {
            symbol,
            source,
            place,
            kind: kind.clone(),
            names,
        });
    }
}

/// What is known of a resource before it is deployed, for references to it.
fn known_before(one: &Written<'_>) -> Value {
    let name = one.names.last().cloned().unwrap_or_default();
    let id = id_of(&one.kind, &one.names);
    let identity = json!({"principalId": principal_of(&name), "tenantId": "TENANT"});
    let mut known = match one.kind.as_str() {
        "microsoft.cognitiveservices/accounts" => {
            let subdomain = one
                .source
                .pointer("/properties/customSubDomainName")
                .and_then(Value::as_str);
            let subdomain = subdomain.and_then(|text| one.place.text(text).ok());
            let host = subdomain
                .as_ref()
                .and_then(Value::as_str)
                .unwrap_or(&name)
                .to_lowercase();
            json!({"endpoint": format!("https://{host}.cognitiveservices.azure.com/")})
        }
        "microsoft.apimanagement/service" => {
            json!({"gatewayUrl": format!("https://{}.azure-api.net", name.to_lowercase())})
        }
        _ => json!({}),
    };
    if let Some(members) = known.as_object_mut() {
        let properties = Value::Object(members.clone());
        // The full form of a reference has the properties one level deeper.
        members.extend([
            ("properties".to_owned(), properties),
            ("identity".to_owned(), identity.clone()),
            ("principalId".to_owned(), principal_of(&name).into()),
            ("id".to_owned(), id.into()),
            ("name".to_owned(), name.into()),
        ]);
    }
    known
}

/// A stand-in for the object id of an identity that a resource will have.
pub(super) fn principal_of(name: &str) -> String {
    format!("principal-of-{}", name.to_lowercase())
}

/// Whether all parameters of a nested deployment are known.
fn is_ready(one: &Written<'_>) -> bool {
    let parameters = one
        .source
        .pointer("/properties/parameters")
        .and_then(Value::as_object);
    let mut values = parameters
        .into_iter()
        .flatten()
        .filter_map(|(_, given)| given.get("value"));
    values.all(|value| whole(&one.place, value).is_ok())
}

/// Lays a nested deployment out, and gives its outputs.
fn nest(one: &Written<'_>, deployed: &mut Deployed) -> Map<String, Value> {
    let name = one.names.last().map_or("", String::as_str);
    let Some(template) = one.source.pointer("/properties/template") else {
        let why = "its template is linked and not in the file".to_owned();
        deployed.gaps.push((format!("deployment {name}"), why));
        return Map::new();
    };
    if one.place.depth >= MOST_NESTED {
        let why = "it is nested deeper than is read".to_owned();
        deployed.gaps.push((format!("deployment {name}"), why));
        return Map::new();
    }
    let scope = one
        .source
        .pointer("/properties/expressionEvaluationOptions/scope");
    let is_inner = scope
        .and_then(Value::as_str)
        .is_some_and(|scope| scope.eq_ignore_ascii_case("inner"));
    if !is_inner {
        // Everything is evaluated outside, but for what the inner template calls its own.
        let place = Place {
            depth: one.place.depth + 1,
            ..one.place.clone()
        };
        return lay_out(template, place, deployed);
    }
    let parameters = one
        .source
        .pointer("/properties/parameters")
        .and_then(Value::as_object);
    let given = parameters.into_iter().flatten().map(|(name, given)| {
        let value = given.get("value").map_or_else(
            || Err(format!("parameter {name} comes from a key vault")),
            |value| partly(&one.place, value),
        );
        (name.to_lowercase(), value)
    });
    let place = place_of(
        template,
        &given.collect(),
        one.place.depth + 1,
        &mut deployed.gaps,
    );
    lay_out(template, place, deployed)
}

/// A value; of an object or a list the known parts.
fn partly(place: &Place<'_>, value: &Value) -> Evaluated {
    let mut why = None;
    let filled = place.filled(value, "", &mut |_, reason| {
        why.get_or_insert(reason);
    });
    match why {
        Some(why) if !value.is_object() && !value.is_array() => Err(why),
        _ => Ok(filled),
    }
}

fn outputs_of(template: &Value, place: &Place<'_>) -> Map<String, Value> {
    let outputs = template.get("outputs").and_then(Value::as_object);
    let known = outputs.into_iter().flatten().filter_map(|(name, output)| {
        let value = match output.get("copy") {
            Some(copy) => {
                let count = place.count(copy).ok()?;
                let input = copy.get("input")?;
                let items = (0..count).map(|index| whole(&place.with_copy("", index), input));
                Value::Array(items.collect::<Result<_, _>>().ok()?)
            }
            None => partly(place, output.get("value")?).ok()?,
        };
        Some((name.clone(), json!({"value": value})))
    });
    known.collect()
}

fn add(one: &Written<'_>, deployed: &mut Deployed) {
    let mut unknown = Vec::new();
    let mut body = json!({
        "id": id_of(&one.kind, &one.names),
        "name": one.names.last(),
    });
    for member in ["properties", "kind", "sku", "location", "identity", "scope"] {
        if let (Some(value), Some(members)) = (one.source.get(member), body.as_object_mut()) {
            let filled = one
                .place
                .filled(value, member, &mut |at, why| unknown.push((at, why)));
            members.insert(member.to_owned(), filled);
        }
    }
    deployed.resources.push(Resource {
        kind: one.kind.clone(),
        names: one.names.clone(),
        body,
        unknown,
    });
}

fn id_of(kind: &str, names: &[String]) -> String {
    let mut parts = kind.split('/');
    let provider = parts.next().unwrap_or_default();
    let mut id =
        format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/{provider}");
    for (part, name) in parts.zip(names) {
        id.push_str(&format!("/{part}/{name}"));
    }
    id
}
