//! Which api-versions each resource type has.

use super::errors::ArmError;

/// Subscriptions, tenants and resource groups.
pub(super) const RESOURCES: &[&str] = &[
    "2014-04-01",
    "2015-01-01",
    "2015-11-01",
    "2016-02-01",
    "2016-06-01",
    "2016-07-01",
    "2016-09-01",
    "2017-05-10",
    "2018-01-01",
    "2018-02-01",
    "2018-05-01",
    "2019-03-01",
    "2019-05-01",
    "2019-05-10",
    "2019-06-01",
    "2019-07-01",
    "2019-08-01",
    "2019-10-01",
    "2019-11-01",
    "2020-01-01",
    "2020-06-01",
    "2020-08-01",
    "2020-10-01",
    "2021-01-01",
    "2021-04-01",
    "2022-01-01",
    "2022-09-01",
    "2022-12-01",
    "2023-07-01",
    "2024-03-01",
    "2024-07-01",
    "2024-11-01",
    "2025-03-01",
    "2025-04-01",
];

/// Cognitive Services accounts and what belongs to them.
pub(super) const COGNITIVE: &[&str] = &[
    "2016-02-01-preview",
    "2017-04-18",
    "2021-04-30",
    "2021-10-01",
    "2022-03-01",
    "2022-10-01",
    "2022-12-01",
    "2023-05-01",
    "2023-10-01-preview",
    "2024-04-01-preview",
    "2024-06-01-preview",
    "2024-10-01",
    "2025-04-01-preview",
    "2025-06-01",
    "2025-07-01-preview",
    "2025-09-01",
    "2025-10-01-preview",
    "2025-12-01",
    "2026-01-15-preview",
    "2026-03-01",
    "2026-03-15-preview",
    "2026-05-01",
    "2026-05-15-preview",
    "2026-07-01-preview",
];

/// API Management services and what belongs to them.
pub(super) const APIM: &[&str] = &[
    "2017-03-01",
    "2018-01-01",
    "2018-06-01-preview",
    "2019-01-01",
    "2019-12-01",
    "2019-12-01-preview",
    "2020-06-01-preview",
    "2020-12-01",
    "2021-01-01-preview",
    "2021-04-01-preview",
    "2021-08-01",
    "2021-12-01-preview",
    "2022-04-01-preview",
    "2022-08-01",
    "2022-09-01-preview",
    "2023-03-01-preview",
    "2023-05-01-preview",
    "2023-09-01-preview",
    "2024-05-01",
    "2024-06-01-preview",
    "2024-10-01-preview",
    "2025-03-01-preview",
    "2025-09-01-preview",
    "2026-05-01-preview",
    "2026-09-01-preview",
    "2026-10-01-preview",
];

/// Role assignments and definitions.
pub(super) const AUTHORIZATION: &[&str] = &[
    "2015-07-01",
    "2017-05-01",
    "2017-10-01-preview",
    "2018-01-01-preview",
    "2018-07-01",
    "2018-09-01-preview",
    "2020-04-01-preview",
    "2020-08-01-preview",
    "2020-10-01-preview",
    "2022-04-01",
    "2022-05-01-preview",
];

/// The first that can trace by debug credentials.
pub(super) const FIRST_WITH_TRACE: &str = "2023-05-01-preview";

/// The AI gateway resource type.
pub(super) const AI_GATEWAY: &[&str] = &["2026-09-01-preview", "2026-10-01-preview"];

/// Checks `version` against those of `kind`.
pub(super) fn check(kind: &str, version: &str, supported: &[&str]) -> Result<(), ArmError> {
    let is_supported = supported
        .iter()
        .any(|known| known.eq_ignore_ascii_case(version));
    if is_supported {
        Ok(())
    } else {
        Err(ArmError::unsupported_api_version(kind, version, supported))
    }
}
