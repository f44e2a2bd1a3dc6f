//! From two schemas to reviewed SQL: what changed, what must be decided, what is at stake, and the text of both ways.

mod answers;
mod ask;
mod decide;
mod enums;
mod facts;
mod fill;
mod flow;
mod former;
mod locks;
mod loss;
mod narrow;
mod narrowing;
mod offenders;
mod others;
mod outcome;
mod restate;
mod review;
mod rewind;
mod script;
mod section;
mod shell;
mod similar;
mod warning;

pub(crate) use answers::{AnswerArgs, Answers};
pub(crate) use ask::{Ask, Terminal};
pub(crate) use flow::{Base, autogenerate};
pub(crate) use outcome::{Comparison, Outcome, compare};
pub(crate) use section::{Sections, section_sql};
pub(crate) use warning::Warning;
