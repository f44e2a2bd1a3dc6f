//! From two schemas to reviewed SQL: what changed, what must be decided, what is at stake, and the text of both ways.

mod answers;
mod ask;
mod decide;
mod enums;
mod facts;
mod findings;
mod flow;
mod former_types;
mod kept;
mod loss;
mod names;
mod narrow;
mod others;
mod outcome;
mod restate;
mod rewind;
mod same;
mod section;
mod settled;
mod sides;
mod similar;
mod undone;
mod warning;

pub(crate) use answers::{AnswerArgs, Answers};
pub(crate) use ask::{Ask, Terminal};
pub(crate) use findings::{Findings, Note, Other};
pub(crate) use flow::{autogenerate, check};
pub(crate) use kept::without_external;
pub(crate) use outcome::{Comparison, Outcome, compare};
pub(crate) use section::{Sections, section_sql};
pub(crate) use settled::Settled;
pub(crate) use sides::Base;
pub(crate) use warning::Warning;
