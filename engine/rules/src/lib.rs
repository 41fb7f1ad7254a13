//! Rule text to syntax tree to diagnostics. Syntax only: no keyword has a meaning here.

pub mod ast;
pub mod diagnostic;
pub mod span;

pub use ast::{AddressSet, Argument, Endpoints, PortSet, Rule, RuleOption, Word};
pub use diagnostic::Diagnostic;
pub use span::Span;
