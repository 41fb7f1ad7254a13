//! Rule text to syntax tree to diagnostics. Syntax only: no keyword has a meaning here.
//!
//! [`parse`] reads a file, [`render`] shows a fault, [`catalogue`] lists all faults that can occur. The grammar, file by file:
//! `parser` (rules and comments) calls `header` (with `literal`: addresses and ports) and `options` (with `arguments` and `string`);
//! all read through `scanner`, and `outline` says where to go on behind a broken rule.

mod arguments;
pub mod ast;
pub mod catalogue;
pub mod diagnostic;
mod header;
pub mod limits;
mod literal;
mod options;
mod outline;
mod parser;
mod render;
mod scanner;
mod sniff;
pub mod span;
mod string;

pub use ast::{AddressSet, Argument, Endpoints, PortSet, Rule, RuleOption, Word};
pub use diagnostic::Diagnostic;
pub use parser::{ParsedFile, parse};
pub use render::render;
pub use span::{Span, line_column};
