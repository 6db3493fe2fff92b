//! From a name or a file to a world: `extends` followed, files merged, values drawn, references checked.

use super::resolve::{self, Fault};
use super::tree::{Node, Place, Source};
use super::{World, generated, read, stock};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The worlds that come with the program, by name.
const BUILT_IN: &[(&str, &str)] = &[
    ("phase-1.5", include_str!("../worlds/phase-1.5.yaml")),
    ("healthy", include_str!("../worlds/healthy.yaml")),
];

/// Why a world could not be had.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// Neither a built-in world nor a file.
    #[error(
        "no world is called `{name}`{hint}; the built-in ones are {known}; a file is named by its path"
    )]
    Unknown {
        /// What was asked for.
        name: String,
        /// The names there are.
        known: String,
        /// A suggestion, or nothing.
        hint: String,
    },
    /// The file could not be read.
    #[error("cannot read the world file {path}: {source}; check the path and its permissions")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file says something that cannot be.
    #[error("{file}:{line}:{column}: {message}\n{snippet}")]
    Invalid {
        /// The file, or what the text is where it is built in.
        file: String,
        /// From 1.
        line: u64,
        /// From 1, in characters.
        column: u64,
        /// What is wrong and what to do.
        message: String,
        /// The line, with a mark under the column.
        snippet: String,
    },
    /// A world made by code does not hold together.
    #[error("world: {path}: {message}")]
    Inconsistent {
        /// Where in the world, as keys joined by dots.
        path: String,
        /// What is wrong and what to do.
        message: String,
    },
    /// Worlds extend one another in a circle.
    #[error("worlds extend one another in a circle: {chain}; let one of them stand by itself")]
    Circle {
        /// The names in order, the first one again at the end.
        chain: String,
    },
}

/// Names of the built-in worlds.
pub fn built_in_names() -> Vec<&'static str> {
    BUILT_IN.iter().map(|(name, _)| *name).collect()
}

impl World {
    /// Loads a world by what `--world` takes: a built-in name, `generated:ACCOUNTSxDEPLOYMENTSxAPISxOPERATIONS`, or the
    /// path of a YAML file.
    pub fn load(name_or_file: &str) -> Result<World, WorldError> {
        if let Some(sizes) = name_or_file.strip_prefix("generated:") {
            return generated::from_sizes(name_or_file, sizes);
        }
        let origin = Origin::of(name_or_file, Path::new(""));
        if let Origin::File(path) = &origin
            && !path.exists()
            && !looks_like_a_path(name_or_file)
        {
            return Err(unknown(name_or_file));
        }
        let tree = load_tree(&origin, &mut Vec::new())?;
        let name = match &origin {
            Origin::File(path) => stem(path),
            Origin::BuiltIn(name, _) => (*name).to_owned(),
        };
        finish(&tree, &name)
    }

    /// Reads a world from YAML text that `extends` nothing but built-in worlds or files under the working directory.
    pub fn parse(text: &str) -> Result<World, WorldError> {
        let source = Arc::new(Source {
            name: "world".into(),
            text: text.to_owned(),
        });
        let tree = extend(parse_tree(&source)?, Path::new(""), &mut Vec::new())?;
        finish(&tree, "unnamed")
    }

    /// Draws what was left empty (keys, ids) from the seed, and checks that everything named exists.
    pub fn resolve(&mut self) -> Result<(), WorldError> {
        resolve::resolve(self).map_err(|fault| WorldError::Inconsistent {
            path: fault.path.join("."),
            message: fault.message,
        })
    }
}

/// Where the text of a world comes from.
enum Origin {
    BuiltIn(&'static str, &'static str),
    File(PathBuf),
}

impl Origin {
    fn of(name: &str, beside: &Path) -> Origin {
        match BUILT_IN.iter().find(|(known, _)| *known == name) {
            Some((known, text)) => Origin::BuiltIn(known, text),
            None => Origin::File(beside.join(name)),
        }
    }

    /// What tells two worlds apart in a circle.
    fn identity(&self) -> String {
        match self {
            Origin::BuiltIn(name, _) => (*name).to_owned(),
            Origin::File(path) => path
                .canonicalize()
                .unwrap_or_else(|_| path.clone())
                .display()
                .to_string(),
        }
    }

    fn source(&self) -> Result<Source, WorldError> {
        match self {
            Origin::BuiltIn(name, text) => Ok(Source {
                name: format!("built-in world {name}"),
                text: (*text).to_owned(),
            }),
            Origin::File(path) => match std::fs::read_to_string(path) {
                Ok(text) => Ok(Source {
                    name: path.display().to_string(),
                    text,
                }),
                Err(source) => Err(WorldError::Unreadable {
                    path: path.clone(),
                    source,
                }),
            },
        }
    }

    fn directory(&self) -> &Path {
        match self {
            Origin::BuiltIn(..) => Path::new(""),
            Origin::File(path) => path.parent().unwrap_or(Path::new("")),
        }
    }
}

fn load_tree(origin: &Origin, chain: &mut Vec<String>) -> Result<Node, WorldError> {
    let identity = origin.identity();
    if let Some(at) = chain.iter().position(|seen| *seen == identity) {
        let mut circle = chain[at..].to_vec();
        circle.push(identity);
        return Err(WorldError::Circle {
            chain: circle.join(" -> "),
        });
    }
    chain.push(identity);
    let source = Arc::new(origin.source()?);
    let tree = extend(parse_tree(&source)?, origin.directory(), chain)?;
    chain.pop();
    Ok(tree)
}

/// Lays `tree` over the world that it extends.
fn extend(mut tree: Node, beside: &Path, chain: &mut Vec<String>) -> Result<Node, WorldError> {
    stock::import(&mut tree).map_err(|(message, place)| invalid(message, &place))?;
    let Some((name, place)) = tree.text("extends") else {
        return Ok(tree);
    };
    let origin = Origin::of(name, beside);
    if let Origin::File(path) = &origin
        && !path.exists()
    {
        let message = format!("there is no file {}; {}", path.display(), unknown(name));
        return Err(invalid(message, place));
    }
    Ok(load_tree(&origin, chain)?.merge(tree))
}

fn parse_tree(source: &Arc<Source>) -> Result<Node, WorldError> {
    Node::parse(source).map_err(|(message, place)| invalid(message, &place))
}

fn finish(tree: &Node, name: &str) -> Result<World, WorldError> {
    let mut world: World = read::read(tree)
        .map_err(|misfit| invalid(misfit.message, misfit.place.as_ref().unwrap_or(&tree.place)))?;
    if world.name.is_empty() || world.extends.is_some() {
        world.name = name.to_owned();
    }
    resolve::resolve(&mut world).map_err(|fault| point_out(tree, fault))?;
    Ok(world)
}

fn point_out(tree: &Node, fault: Fault) -> WorldError {
    let message = format!("{}: {}", fault.path.join("."), fault.message);
    invalid(message, tree.deepest_place(&fault.path))
}

fn invalid(message: String, place: &Place) -> WorldError {
    let line = usize::try_from(place.line).unwrap_or(usize::MAX);
    let text = place
        .source
        .text
        .lines()
        .nth(line.saturating_sub(1))
        .unwrap_or_default();
    let margin = " ".repeat(place.line.to_string().len());
    let column = usize::try_from(place.column).unwrap_or(1);
    let mark = " ".repeat(column.saturating_sub(1));
    WorldError::Invalid {
        file: place.source.name.clone(),
        line: place.line,
        column: place.column,
        message,
        snippet: format!("{margin} |\n{line} | {text}\n{margin} | {mark}^"),
    }
}

fn unknown(name: &str) -> WorldError {
    let known = built_in_names();
    WorldError::Unknown {
        name: name.to_owned(),
        hint: read::nearest(name, known.iter().copied())
            .map(|candidate| format!(" (did you mean `{candidate}`?)"))
            .unwrap_or_default(),
        known: known.join(", "),
    }
}

fn looks_like_a_path(name: &str) -> bool {
    name.contains(['/', '\\']) || name.ends_with(".yaml") || name.ends_with(".yml")
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests;
