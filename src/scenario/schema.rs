//! JSON Schema of scenario files, for completion in editors.

use super::file::{FileFragment, FileScenario};
use serde_json::Value;

/// JSON Schema of a scenario file; `docs/schema/scenario.schema.json` holds it.
pub fn scenario_schema() -> Value {
    schemars::schema_for!(FileScenario).to_value()
}

/// JSON Schema of a shared fragment; `docs/schema/fragment.schema.json` holds it.
pub fn fragment_schema() -> Value {
    schemars::schema_for!(FileFragment).to_value()
}
