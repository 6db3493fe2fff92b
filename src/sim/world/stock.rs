//! API definitions that come with the simulator, as operations of an API.

use super::tree::{Entry, Node, Place, Source, Value};
use super::{Operation, StockApi, read};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Columns: method, template, operation id, required query parameter.
const INFERENCE: &str = include_str!("../worlds/stock-inference-api.csv");

/// The operations of a stock definition by id. A required query parameter is part of the template, as APIM keeps it.
pub fn operations(stock: StockApi) -> BTreeMap<String, Operation> {
    let StockApi::Inference = stock;
    rows(INFERENCE)
        .map(|row| {
            let operation = Operation {
                display_name: row.id.replace('_', " "),
                method: row.method.to_owned(),
                url_template: row.template,
                template_defaults: BTreeMap::new(),
                policy: String::new(),
            };
            (row.id.to_owned(), operation)
        })
        .collect()
}

/// Lays the operations of every API that names a stock definition under its own.
pub(super) fn import(world: &mut Node) -> Result<(), (String, Place)> {
    for gateway in children(world, "gateways") {
        for api in children(&mut gateway.node, "apis") {
            let Some(named) = api.node.get("stock").cloned() else {
                continue;
            };
            let stock: Option<StockApi> = read::read(&named)
                .map_err(|misfit| (misfit.message, misfit.place.unwrap_or(named.place)))?;
            if let (Some(stock), Value::Map(entries)) = (stock, &mut api.node.value) {
                lay_under(entries, stock, &api.key_place);
            }
        }
    }
    Ok(())
}

fn lay_under(entries: &mut Vec<Entry>, stock: StockApi, key_place: &Place) {
    let imported = as_tree(stock);
    match entries.iter_mut().find(|entry| entry.key == "operations") {
        Some(own) => own.node = imported.merge(own.node.clone()),
        None => entries.push(Entry {
            key: "operations".into(),
            key_place: key_place.clone(),
            node: imported,
        }),
    }
}

fn children<'a>(node: &'a mut Node, key: &str) -> &'a mut [Entry] {
    match node.entries_mut().iter_mut().find(|entry| entry.key == key) {
        Some(entry) => entry.node.entries_mut(),
        None => &mut [],
    }
}

fn as_tree(stock: StockApi) -> Node {
    let place = Place {
        source: Arc::new(Source {
            name: "stock definition".into(),
            text: INFERENCE.to_owned(),
        }),
        line: 1,
        column: 1,
    };
    let entry = |key: &str, value: Value| Entry {
        key: key.to_owned(),
        key_place: place.clone(),
        node: Node {
            value,
            place: place.clone(),
        },
    };
    let operations = operations(stock)
        .into_iter()
        .map(|(id, operation)| {
            let fields = vec![
                entry("display_name", Value::Text(operation.display_name)),
                entry("method", Value::Text(operation.method)),
                entry("url_template", Value::Text(operation.url_template)),
            ];
            entry(&id, Value::Map(fields))
        })
        .collect();
    Node {
        value: Value::Map(operations),
        place,
    }
}

struct Row<'a> {
    method: &'a str,
    template: String,
    id: &'a str,
}

fn rows(table: &str) -> impl Iterator<Item = Row<'_>> {
    table.lines().skip(1).filter_map(|line| {
        let mut cells = line.split(',');
        let (method, path, id) = (cells.next()?, cells.next()?, cells.next()?);
        let template = match cells.next() {
            None | Some("") => path.to_owned(),
            Some(query) => format!("{path}?{query}={{{query}}}"),
        };
        Some(Row {
            method,
            template,
            id,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_required_query_parameter_becomes_part_of_the_template() {
        let operations = operations(StockApi::Inference);
        assert_eq!(operations.len(), 49);
        assert_eq!(
            operations["ImageGenerations_Create"].url_template,
            "/deployments/{deployment-id}/images/generations?api-version={api-version}"
        );
        assert_eq!(
            operations["Get_Response"].url_template,
            "/responses/{response_id}"
        );
        assert!(!operations.values().any(|operation| {
            operation.url_template.contains("images/edits") || operation.method.is_empty()
        }));
    }
}
