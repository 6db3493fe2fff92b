//! What is known of the services, as tables: read from embedded YAML, never spelled out in code.

pub mod causes;
