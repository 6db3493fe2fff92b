//! Static members that classes have, for the check at load.

use super::Arity;

/// Methods of classes. `string` and `String`, `int` and `Int32` and their like are one.
pub(in crate::sim::apim::expr) const METHODS: &[(&str, &[(&str, Arity)])] = &[
    (
        "string",
        &[
            ("IsNullOrEmpty", (1, 1)),
            ("IsNullOrWhiteSpace", (1, 1)),
            ("Join", (2, 9)),
            ("Concat", (1, 9)),
            ("Format", (1, 9)),
            ("Compare", (2, 3)),
            ("Equals", (2, 3)),
        ],
    ),
    ("int", &[("Parse", (1, 2)), ("TryParse", (2, 4))]),
    ("double", &[("Parse", (1, 3)), ("TryParse", (2, 4))]),
    ("bool", &[("Parse", (1, 1)), ("TryParse", (2, 2))]),
    (
        "char",
        &[
            ("IsDigit", (1, 1)),
            ("IsLetter", (1, 1)),
            ("IsWhiteSpace", (1, 1)),
            ("IsLetterOrDigit", (1, 1)),
        ],
    ),
    (
        "Guid",
        &[("NewGuid", (0, 0)), ("Parse", (1, 1)), ("TryParse", (2, 2))],
    ),
    (
        "Convert",
        &[
            ("ToInt32", (1, 2)),
            ("ToInt64", (1, 2)),
            ("ToDouble", (1, 2)),
            ("ToDecimal", (1, 2)),
            ("ToBoolean", (1, 1)),
            ("ToString", (1, 2)),
            ("ToDateTime", (1, 2)),
            ("ToBase64String", (1, 1)),
            ("FromBase64String", (1, 1)),
        ],
    ),
    (
        "Math",
        &[
            ("Min", (2, 2)),
            ("Max", (2, 2)),
            ("Abs", (1, 1)),
            ("Round", (1, 2)),
            ("Floor", (1, 1)),
            ("Ceiling", (1, 1)),
            ("Truncate", (1, 1)),
            ("Pow", (2, 2)),
            ("Sqrt", (1, 1)),
            ("Sign", (1, 1)),
        ],
    ),
    ("JObject", &[("Parse", (1, 1)), ("FromObject", (1, 1))]),
    (
        "DateTime",
        &[
            ("Parse", (1, 3)),
            ("TryParse", (2, 4)),
            ("ParseExact", (3, 4)),
            ("FromUnixTimeSeconds", (1, 1)),
            ("FromUnixTimeMilliseconds", (1, 1)),
            ("Compare", (2, 2)),
        ],
    ),
    (
        "TimeSpan",
        &[
            ("FromSeconds", (1, 1)),
            ("FromMinutes", (1, 1)),
            ("FromHours", (1, 1)),
            ("FromDays", (1, 1)),
            ("FromMilliseconds", (1, 1)),
        ],
    ),
    (
        "Regex",
        &[
            ("IsMatch", (2, 3)),
            ("Match", (2, 3)),
            ("Matches", (2, 3)),
            ("Replace", (3, 4)),
            ("Split", (2, 3)),
            ("Escape", (1, 1)),
        ],
    ),
    (
        "WebUtility",
        &[
            ("UrlEncode", (1, 1)),
            ("UrlDecode", (1, 1)),
            ("HtmlEncode", (1, 1)),
            ("HtmlDecode", (1, 1)),
        ],
    ),
    (
        "Uri",
        &[
            ("EscapeDataString", (1, 1)),
            ("EscapeUriString", (1, 1)),
            ("UnescapeDataString", (1, 1)),
        ],
    ),
    (
        "JsonConvert",
        &[("SerializeObject", (1, 3)), ("DeserializeObject", (1, 2))],
    ),
    ("BitConverter", &[("ToString", (1, 1))]),
    ("SHA256", &[("Create", (0, 0)), ("HashData", (1, 1))]),
    (
        "Enumerable",
        &[
            ("Range", (2, 2)),
            ("Empty", (0, 0)),
            ("Repeat", (2, 2)),
            ("Any", (1, 2)),
            ("Select", (2, 2)),
            ("Where", (2, 2)),
            ("Contains", (2, 2)),
            ("ToArray", (1, 1)),
            ("ToList", (1, 1)),
            ("First", (1, 2)),
            ("FirstOrDefault", (1, 2)),
        ],
    ),
    (
        "Array",
        &[
            ("IndexOf", (2, 2)),
            ("Empty", (0, 0)),
            ("Exists", (2, 2)),
            ("Find", (2, 2)),
            ("FindIndex", (2, 2)),
        ],
    ),
];

/// Members of classes that are no methods.
pub(in crate::sim::apim::expr) const CONSTANTS: &[(&str, &[&str])] = &[
    ("string", &["Empty"]),
    ("int", &["MaxValue", "MinValue"]),
    ("double", &["MaxValue", "MinValue"]),
    ("Guid", &["Empty"]),
    (
        "DateTime",
        &[
            "UtcNow",
            "Now",
            "Today",
            "MinValue",
            "MaxValue",
            "UnixEpoch",
        ],
    ),
    ("TimeSpan", &["Zero"]),
    ("Encoding", &["UTF8", "ASCII", "Default"]),
    ("Math", &["PI", "E"]),
    ("Environment", &["NewLine"]),
    (
        "StringComparison",
        &[
            "Ordinal",
            "OrdinalIgnoreCase",
            "InvariantCulture",
            "InvariantCultureIgnoreCase",
            "CurrentCulture",
            "CurrentCultureIgnoreCase",
        ],
    ),
    (
        "StringSplitOptions",
        &["None", "RemoveEmptyEntries", "TrimEntries"],
    ),
    (
        "RegexOptions",
        &[
            "None",
            "IgnoreCase",
            "Multiline",
            "Singleline",
            "Compiled",
            "CultureInvariant",
        ],
    ),
    ("Formatting", &["None", "Indented"]),
    (
        "JTokenType",
        &[
            "None",
            "Object",
            "Array",
            "Property",
            "Integer",
            "Float",
            "String",
            "Boolean",
            "Null",
            "Undefined",
            "Date",
        ],
    ),
    ("CultureInfo", &["InvariantCulture", "CurrentCulture"]),
    (
        "DateTimeStyles",
        &[
            "None",
            "AssumeUniversal",
            "AdjustToUniversal",
            "RoundtripKind",
        ],
    ),
    ("DateTimeKind", &["Utc", "Local", "Unspecified"]),
];

/// One name for the names of a class.
pub(in crate::sim::apim::expr) fn canonical(class: &str) -> &str {
    match class {
        "String" => "string",
        "Int32" | "long" | "Int64" => "int",
        "Double" | "decimal" | "Decimal" => "double",
        "Boolean" => "bool",
        "JArray" | "JToken" => "JObject",
        "DateTimeOffset" => "DateTime",
        "HttpUtility" => "WebUtility",
        other => other,
    }
}
